"""Send what may be sent of the text messages, here and now (contract.md, "Commands"). Any number may run at once."""

import signal
import threading
from types import FrameType
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from outreach import gateways, sms_sending


class Command(BaseCommand):
    help = "Send the text messages of approved batches through the gateway in use."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--until-done", action="store_true", help="until nothing is queued or in a living sender's hands any more"
        )

    def handle(self, *args: Any, until_done: bool, **options: Any) -> None:
        tally = sms_sending.Tally()
        _stop_on_signal(tally)
        try:
            gateways.gateway()
            sms_sending.send_all(until_done=until_done, tally=tally)
        except ImproperlyConfigured as why:
            raise CommandError(str(why)) from why
        if sms_sending.is_quiet():
            self.stderr.write("Quiet hours: what waits, waits.")
        if tally.refusal:
            self.stderr.write(f"The gateway takes nothing ({tally.refusal}): what waits, waits.")
        elif tally.is_away:
            self.stderr.write("Nobody answers at the gateway: what waits, waits.")
        said = ", ".join(f"{count} {what}" for what, count in sorted(tally.sent.items()))
        self.stdout.write(said or "nothing to send")


def _stop_on_signal(tally: sms_sending.Tally) -> None:
    """Told to stop, it ends its call and gives back the rest instead of leaving both to the lease."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        tally.is_told = True

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
