"""Forms of calls, campaigns and messages."""
