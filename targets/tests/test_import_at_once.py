"""Imports as real processes: two of one file at once, one killed in the middle and run again. Each bill once."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from customers.intake.facts import Remark
from targets.bills.importing import import_charges
from targets.models import Charge
from targets.tests.bills import file_of, refund, row

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("mgr1")]


def file_at(path: Path, bills: int) -> Path:
    """Every tenth bill is refunded by half, in a row above it."""
    rows = []
    for n in range(bills):
        if n % 10 == 0:
            rows.append(refund(f"B{n}", "-500.00", f"R{n}"))
        rows.append(row(f"B{n}"))
    path.write_bytes(file_of(*rows))
    return path


def command(path: Path) -> "subprocess.Popen[bytes]":
    names = connection.settings_dict
    url = f"postgres://{names['USER']}:{names['PASSWORD']}@{names['HOST']}:{names['PORT']}/{names['NAME']}"
    words = [sys.executable, "manage.py", "import_charges", str(path), "--format", "json"]
    environment = os.environ | {"DATABASE_URL": url, "DEBUG": "1"}
    return subprocess.Popen(words, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE)


def finish(process: "subprocess.Popen[bytes]") -> dict[str, int]:
    out, _err = process.communicate(timeout=120)
    assert process.returncode == 0
    said: dict[str, int] = json.loads(out)
    return said


def test_two_imports_of_one_file_at_once_take_each_bill_once(tmp_path: Path):
    path = file_at(tmp_path / "bills.csv", 6_000)
    reports = [finish(process) for process in [command(path), command(path)]]
    assert sum(report["created"] for report in reports) == 6_600 == Charge.objects.count()
    assert all(report["created"] + report["unchanged"] == 6_600 and not report["rejected"] for report in reports)
    assert Charge.objects.total() == 6_000 * 1000 - 600 * 500


@pytest.mark.fault
@pytest.mark.servers
def test_import_killed_in_the_middle_and_run_again_takes_each_bill_once(tmp_path: Path):
    path = file_at(tmp_path / "bills.csv", 20_000)
    for _kill in range(2):
        before, process = Charge.objects.count(), command(path)
        _until(lambda before=before: Charge.objects.count() > before)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    in_already = Charge.objects.count()
    assert 0 < in_already < 22_000
    report = finish(command(path))
    assert (report["created"], report["unchanged"]) == (22_000 - in_already, in_already)
    assert Charge.objects.count() == 22_000 and Charge.objects.total() == 20_000 * 1000 - 2_000 * 500


def test_refunds_of_one_bill_at_once_stay_within_it():
    import_charges(data=file_of(row("B1")))
    begin = threading.Barrier(8)

    def give_back(n: int) -> list[Remark]:
        try:
            begin.wait()
            return import_charges(data=file_of(refund("B1", "-300.00", f"R{n}"))).errors
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        refused = [errors for errors in pool.map(give_back, range(8)) if errors]
    assert len(refused) == 5 and Charge.objects.total() == Decimal("100.00")


def _until(is_so) -> None:
    for _again in range(3_000):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("It never happened.")
