"""Puts our own frame around Django's admin; apart from apps.py, where Django would not know which of two to take."""

from django.contrib.admin.apps import AdminConfig


class DeskAdminConfig(AdminConfig):
    default_site = "vipdesk.adminsite.DeskAdminSite"
