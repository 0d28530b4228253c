"""The app in the admin, by noun."""

from outreach.admin import calls, sms  # noqa: F401  registers its own
