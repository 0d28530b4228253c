#!/usr/bin/env python
"""Django's command line. Commands that talk to servers find the embedded ones up (see `vipdesk/embedded`)."""

import os
import sys

from django.core.management import execute_from_command_line

from vipdesk import embedded

OFFLINE = {"help", "version", "stack", "makemessages", "compilemessages", "collectstatic", "findstatic", "diffsettings"}
ASKS_ONLY = {"-h", "--help", "--version"}


def needs_servers(arguments: list[str]) -> bool:
    """Whether a command line will talk to the database or the broker."""
    if not arguments or arguments[0] in OFFLINE | ASKS_ONLY or ASKS_ONLY.intersection(arguments):
        return False
    return arguments[0] != "check" or any(argument.startswith("--database") for argument in arguments)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vipdesk.settings")
    if needs_servers(sys.argv[1:]):
        try:
            embedded.ensure()
        except embedded.EmbeddedError as error:
            sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
