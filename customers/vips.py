"""Who becomes a VIP: whoever has a member number, or whom operations raise."""

from collections.abc import Collection


def is_unproven_raise(*, old: int | None, new: int | None, member_no: str | None, vip_tiers: Collection[int]) -> bool:
    """Whether the change from the tier `old` to `new` (keys) makes a VIP of a guest without a member number."""
    return new in vip_tiers and old not in vip_tiers and not member_no
