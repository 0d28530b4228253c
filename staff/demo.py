"""The demo venue's staff: six managers, operations, the after-sales desk, a superuser; all with one known password,
and the managers with one known PIN."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from staff import roles
from staff.models import User

PASSWORD = "vipdesk-demo"  # noqa: S105  published on purpose; staff.checks keeps it out of a real house

PIN = "246810"  # published like the password, and kept out of a real house with it


@dataclass(frozen=True)
class DemoLogin:
    username: str
    display_name: str
    role: str = ""

    @property
    def is_staff(self) -> bool:
        return self.role in (roles.OPERATIONS, "")


MANAGERS = [
    DemoLogin("mgr1", "林静", roles.MANAGER),
    DemoLogin("mgr2", "高强", roles.MANAGER),
    DemoLogin("mgr3", "何欣", roles.MANAGER),
    DemoLogin("mgr4", "苏曼", roles.MANAGER),
    DemoLogin("mgr5", "郑凯", roles.MANAGER),
    DemoLogin("mgr6", "唐雨薇", roles.MANAGER),
]
LOGINS = [
    *MANAGERS,
    DemoLogin("ops", "周岚", roles.OPERATIONS),
    DemoLogin("desk", "秦悦", roles.AFTERSALES),
    DemoLogin("admin", "系统管理"),
]


def load(*, customers: int, nights: int, seed: int, out: Callable[[str], None]) -> None:
    """Make the accounts that are missing; those that stand are left as they are, their passwords too."""
    present = User.objects.filter(username__in=[login.username for login in LOGINS])
    names = set(present.values_list("username", flat=True))
    missing = [login for login in LOGINS if login.username not in names]
    if not missing:
        return
    password, pin = make_password(PASSWORD), make_password(PIN)  # once: hashing is slow on purpose
    groups = {group.name: group for group in Group.objects.filter(name__in=roles.ALL)}
    for login in missing:
        user = User.objects.create(
            username=login.username,
            display_name=login.display_name,
            password=password,
            is_staff=login.is_staff,
            is_superuser=not login.role,
            pin=pin if login.role == roles.MANAGER else "",
        )
        if login.role:
            user.groups.add(groups[login.role])
    out(f"Staff: {', '.join(login.username for login in missing)}; password {PASSWORD}, PIN of the managers {PIN}")
