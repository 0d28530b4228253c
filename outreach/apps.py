"""Registers the app; its models and screens come with the issue that builds it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutreachConfig(AppConfig):
    name = "outreach"
    verbose_name = _("Calls and SMS")
