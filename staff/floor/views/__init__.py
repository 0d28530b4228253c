"""Screens of the evening on the floor."""
