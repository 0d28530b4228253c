"""What must not go live: processes that could disable the guards of the database."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register

from vipdesk.database_roles import excessive_powers


@register(Tags.database, deploy=True)
def application_role_is_plain(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Run by `check --deploy --database default` only."""
    powers = excessive_powers() if "default" in (databases or []) else []
    if not powers:
        return []
    hint = "Name a role of its own in DATABASE_URL and the owner in MIGRATE_DATABASE_URL, then run migrate (README)."
    return [
        Error(f"The role of DATABASE_URL could disable the guards: {'; '.join(powers)}.", hint=hint, id="vipdesk.E001")
    ]
