"""Compare the branch coverage just measured with the ratchet, `.ci/coverage.floor`, and print the least covered files.

The floor is a percentage with one decimal place. A tenth below it is noise (random examples, the clock of the run) and
accepted; more is an error. `--raise` writes the measured figure where it is higher. CI measures without the tests
of the embedded servers, which cover one point more in `make coverage`.
"""

import json
import subprocess
import sys
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

FLOOR = Path(__file__).with_name("coverage.floor")
NOISE = Decimal("0.1")


def measure() -> tuple[Decimal, list[tuple[float, str]]]:
    """The percentage of lines and branches covered, and each file's, lowest first."""
    command = [sys.executable, "-m", "coverage", "json", "-q", "-o", "-"]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    percent = Decimal(str(report["totals"]["percent_covered"])).quantize(NOISE, ROUND_DOWN)
    return percent, sorted((file["summary"]["percent_covered"], name) for name, file in report["files"].items())


def main() -> None:
    percent, files = measure()
    floor = Decimal(FLOOR.read_text().strip())
    for covered, name in files[:8]:
        print(f"{covered:6.1f} %  {name}")
    print(f"Coverage of lines and branches: {percent} % (floor {floor} %)")
    if percent > floor and "--raise" in sys.argv:
        FLOOR.write_text(f"{percent}\n")
    if percent < floor - NOISE:
        sys.exit("Coverage fell below its floor: test what is new, or say in the commit why the floor is lowered.")


if __name__ == "__main__":
    main()
