"""Sheets of guests that come in from outside and go out again: reading, meaning, storing, writing (D1 S1)."""
