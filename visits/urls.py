"""Addresses of the rooms and of what happens in them (contract.md, "Screens")."""

from django.urls import path

from visits.views import bottles, first, mine, notices, parties, reservations, rooms, spending, visits

app_name = "visits"
urlpatterns = [
    path("visits/rooms/", rooms.room_board, name="rooms"),
    path("visits/rooms/<int:pk>/seat/", parties.seat, name="seat"),
    path("visits/rooms/<int:pk>/cleaned/", rooms.cleaned, name="cleaned"),
    path("visits/reservations/", reservations.reservation_list, name="reservations"),
    path("visits/reservations/new/", reservations.reserve, name="reserve"),
    path("visits/reservations/lookup/", reservations.lookup, name="lookup"),
    path("visits/reservations/<int:pk>/", reservations.page, name="reservation"),
    path("visits/reservations/<int:pk>/move/", reservations.move, name="move_reservation"),
    path("visits/reservations/<int:pk>/cancel/", reservations.cancel, name="cancel_reservation"),
    path("visits/reservations/<int:pk>/follow-up/", reservations.follow_up, name="follow_up"),
    path("visits/reservations/<int:pk>/reveal/", reservations.reveal, name="reveal_reservation"),
    path("visits/parties/<int:pk>/", parties.page, name="party"),
    path("visits/parties/<int:pk>/join/", parties.join, name="join_party"),
    path("visits/parties/<int:pk>/move/", parties.move, name="move_party"),
    path("visits/parties/<int:pk>/close/", parties.close, name="close_party"),
    path("visits/parties/<int:pk>/attribute/", parties.attribute, name="attribute_party"),
    path("visits/new/", visits.visit_any, name="visit_any"),
    path("visits/parties/<int:pk>/visit/", visits.visit, name="visit"),
    path("visits/parties/<int:pk>/missed/", visits.missed, name="missed"),
    path("visits/parties/<int:pk>/spend/", visits.spend, name="spend"),
    path("visits/spending/", spending.spending, name="spending"),
    path("visits/parties/<int:pk>/offer/", spending.offer, name="offer"),
    path("visits/first/", first.first, name="first"),
    path("visits/promises/", first.promises, name="promises"),
    path("visits/promises/<int:pk>/kept/", first.keep, name="keep_promise"),
    path("visits/mine/notices/", notices.card, name="notices"),
    path("visits/mine/notices/seen/", notices.see, name="see_notices"),
    path("visits/mine/parties/", mine.parties, name="my_parties"),
    path("visits/mine/reservations/", mine.reservations, name="my_reservations"),
    path("visits/guests/<int:pk>/parties/", parties.guest_parties, name="guest_parties"),
    path("visits/bottles/", bottles.bottle_list, name="bottles"),
    path("visits/bottles/<int:pk>/", bottles.page, name="bottle"),
    path("visits/bottles/<int:pk>/take/", bottles.take, name="take_bottle"),
    path("visits/bottles/<int:pk>/correct/", bottles.correct, name="correct_bottle"),
    path("visits/bottles/<int:pk>/extend/", bottles.extend, name="extend_bottle"),
    path("visits/parties/<int:pk>/bottles/", bottles.party_bottles, name="party_bottles"),
    path("visits/guests/<int:pk>/bottles/", bottles.guest_bottles, name="guest_bottles"),
    path("visits/guests/<int:pk>/bottles/new/", bottles.store, name="store_bottle"),
]
