"""Forms of the rooms and of what happens in them, by noun."""
