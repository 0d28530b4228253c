"""Sends to nobody and prints instead, for trials. To standard error, where logs go, and with the number masked."""

import sys

from customers import phones
from outreach.gateways.base import Gateway, Outgoing, Said, Verdict


class Console(Gateway):
    name = "console"

    def send(self, message: Outgoing) -> Verdict:
        sys.stderr.write(f"SMS {phones.mask(message.number)}: {message.text}\n")
        return Verdict(Said.ACCEPTED, code="printed", provider_id=str(message.out_id))
