"""Tables of rooms, who is in them and what happens there, by noun."""

from visits.models.bottle import BottleValidity, BottleWithdrawal, StoredBottle
from visits.models.party import Party, PartyGuest, SelfEntryNotice
from visits.models.reservation import Reservation, ReservationNotice
from visits.models.room import Room, RoomHold
from visits.models.visit import MissedVisit, PartySpend, Promise, RoomVisit, SecondSale, VisitedGuest

__all__ = [
    "BottleValidity",
    "BottleWithdrawal",
    "MissedVisit",
    "Party",
    "PartyGuest",
    "PartySpend",
    "Promise",
    "Reservation",
    "ReservationNotice",
    "Room",
    "RoomHold",
    "RoomVisit",
    "SecondSale",
    "SelfEntryNotice",
    "StoredBottle",
    "VisitedGuest",
]
