"""Operations' part of the rooms and of what happens in them."""

from visits.admin import bottles, rooms

__all__ = ["bottles", "rooms"]
