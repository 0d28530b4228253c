"""Rooms, reservations, parties, in-room visits: named in the house's plan, empty until its issue is built."""
