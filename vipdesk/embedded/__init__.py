"""The no-install default stack: PostgreSQL and Redis of our own under VIPDESK_HOME, for trials and tests.

`manage.py`, the head of `conftest.py` and the runner call `ensure()`; settings only read (`known_urls()`).
Where DATABASE_URL and REDIS_URL name other servers, nothing here starts, stops or is even imported from the wheels.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import environ

from vipdesk.embedded.postgres import Postgres
from vipdesk.embedded.redis import Redis
from vipdesk.embedded.server import EmbeddedError, Server, locked

__all__ = ["EmbeddedError", "Postgres", "Redis", "Server"]
__all__ += ["ensure", "home", "kept", "known_urls", "owner_url", "secret_key", "servers", "status", "stop"]

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def home() -> Path:
    """The folder that holds all state of a trial: VIPDESK_HOME, else `.run` in the checkout."""
    return Path(os.environ.get("VIPDESK_HOME") or CHECKOUT / ".run").resolve()


def servers() -> list[Server]:
    """The embedded servers in use: those whose variable is unset, or names the very server that stands under home."""
    return [s for s in _all() if os.environ.get(s.variable, "") in ("", s.url)]


def ensure() -> None:
    """Bring up what is embedded and name it in the environment. Idempotent, safe in any number of processes at once."""
    environ.Env.read_env(CHECKOUT / ".env")  # as settings do: an address given there counts as well
    wanted = servers()
    if not all(server.answers() for server in wanted):
        with locked(home()):
            for server in wanted:
                server.bring_up()
    os.environ.update({server.variable: server.url for server in wanted})


def known_urls() -> dict[str, str]:
    """DATABASE_URL, MIGRATE_DATABASE_URL and REDIS_URL of the embedded stack as its files tell; starts nothing, whether
    they run or not."""
    postgres = Postgres(home() / "postgres")
    return {server.variable: server.url for server in _all()} | {"MIGRATE_DATABASE_URL": postgres.owner_url}


def owner_url() -> str:
    """The address of the role that owns the database of DATABASE_URL; DATABASE_URL itself where one role is both."""
    known, url = known_urls(), os.environ["DATABASE_URL"]
    return (
        known["MIGRATE_DATABASE_URL"] if url == known["DATABASE_URL"] else os.environ.get("MIGRATE_DATABASE_URL") or url
    )


def stop() -> None:
    """Stop both embedded servers in good order; whatever is not ours is left alone."""
    if home().is_dir():
        with locked(home()):
            for server in _all():
                server.stop()


def status() -> dict[str, str]:
    """One line for each server, for a person to read."""
    used = {server.variable for server in servers()}
    return {s.name: s.describe() if s.variable in used else "not embedded: " + s.variable + " is set" for s in _all()}


def secret_key() -> str:
    """The trial's SECRET_KEY, made once and kept in VIPDESK_HOME/secret_key."""
    return kept("secret_key", lambda: secrets.token_urlsafe(64))


def kept(name: str, make: Callable[[], str]) -> str:
    """What `make` gave the first time, kept under VIPDESK_HOME for its owner alone, for all processes the same."""
    path = home() / name
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(make())
        try:
            os.link(draft, path)  # unlike a rename it never replaces the key that another process made meanwhile
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def _all() -> list[Server]:
    return [Postgres(home() / "postgres"), Redis(home() / "redis")]
