"""Write a night's sheet to a file (contract.md, "Commands"); stamped and logged like an export from the screen."""

import argparse
import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers.intake.exporting import export_intake
from customers.intake.writing import FORMATS


def _night(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a night like 2026-11-20: {text!r}") from None


class Command(BaseCommand):
    help = "Write the new guests of a night, all managers, to a file that can be imported again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("night", type=_night, metavar="NIGHT", help="the evening's date, like 2026-11-20")
        parser.add_argument("--format", choices=FORMATS, required=True)
        parser.add_argument("--output", type=Path, required=True, metavar="PATH")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["output"]
        if path.is_dir():
            raise CommandError(f"Cannot write {path}: it is a folder")
        try:
            with _draft_of(path) as draft:
                export = export_intake(night=options["night"], format=options["format"], channel="command")
                with export.file:
                    shutil.copyfileobj(export.file, draft)
        except OSError as error:
            raise CommandError(f"Cannot write {path}: {error.strerror}") from error
        self.stdout.write(f"{path}: {export.stamp.rows} rows, sha256 {export.stamp.sha256}")


@contextmanager
def _draft_of(path: Path) -> Iterator[IO[bytes]]:
    """A file beside `path` that takes its place when all is written: the sheet is there whole or not at all, and a
    folder that cannot be written to shows before anything is stamped."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        draft = Path(folder) / path.name
        with draft.open("wb") as file:
            yield file
        draft.replace(path)
