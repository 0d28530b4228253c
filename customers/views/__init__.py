"""Screens of the guests, a module per noun."""
