"""Screens of what guests say, by noun."""
