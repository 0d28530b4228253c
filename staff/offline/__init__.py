"""Tablets without a network: what their browsers may keep, what waits on them, how it comes in (promises.md)."""
