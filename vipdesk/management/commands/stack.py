"""`manage.py stack start|stop|status`: the embedded servers by hand."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vipdesk import embedded


class Command(BaseCommand):
    help = "Start, stop or show the embedded PostgreSQL and Redis under VIPDESK_HOME."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status"])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["action"] == "start":
                embedded.ensure()
            elif options["action"] == "stop":
                embedded.stop()
        except embedded.EmbeddedError as error:
            raise CommandError(str(error)) from error
        for name, line in embedded.status().items():
            self.stdout.write(f"{name}: {line}")
