"""Rooms, reservations, parties: who is in the house tonight, and in which room."""
