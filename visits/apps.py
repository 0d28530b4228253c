"""Registers the app; its models and screens come with the issue that builds it."""

from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "visits"
