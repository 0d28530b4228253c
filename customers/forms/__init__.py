"""Forms of the guests, by screen."""
