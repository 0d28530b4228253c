"""The guests' part of the admin: what operations edit, what they look up, and their home."""

from customers.admin import guests, looks, prospects, records

__all__ = ["guests", "looks", "prospects", "records"]
