"""Forms of what guests say, by noun."""
