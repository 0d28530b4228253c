"""Screens of calls, campaigns and messages."""
