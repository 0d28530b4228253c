"""The process that parses a file: what it loads, since every import starts one."""

import subprocess
import sys

import pytest
from django.conf import settings

COUNTS = [
    "customers.intake.headers",
    "feedback.survey_files.columns",
    "targets.bills.columns",
    "visits.bottle_files.columns",
]


@pytest.mark.parametrize("module", COUNTS)
def test_parsing_process_loads_nothing_of_django(module: str) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import importlib, vipdesk.sheets.child; "
        "importlib.import_module(sys.argv[2]); print(*(name for name in sys.modules if name.startswith('django')))"
    )
    command = [sys.executable, "-I", "-c", code, str(settings.BASE_DIR), module]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() == ""
