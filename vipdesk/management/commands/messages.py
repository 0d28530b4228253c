"""`manage.py messages`: bring locale/zh_Hans up to date with the code; says how many strings still need Chinese."""

from typing import Any

from django.core.management.base import BaseCommand

from vipdesk import translations


class Command(BaseCommand):
    help = "Bring the Chinese catalogue up to date with the strings in the code."

    def handle(self, *_args: Any, **_options: Any) -> None:
        translations.update()
        missing = translations.untranslated()
        self.stdout.write(f"{len(missing)} strings need Chinese.")
