"""Forms of reservations: taking one in, giving it another room or time, calling it off."""

import datetime as dt
import itertools
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers import names, phones
from customers.models import Customer
from staff.models import User
from vipdesk import nights
from visits.booking import CannotBook, usual_end
from visits.choices import FollowUp, RoomKind, Source
from visits.forms.once import OnceForm, look_up, party_sizes
from visits.models import Reservation, Room

QUARTER = 15  # minutes
_FIELD_OF = {"starts_at": "clock", "ends_at": "clock", "room": "place", "kind": "place"}
_BARE = {"autocomplete": "off"}


def places() -> list[tuple[Any, Any]]:
    """What can be reserved: any room of a kind, or one room; one statement."""
    rooms = Room.objects.in_service().order_by("kind", "floor", "number")
    by_kind = {kind: list(group) for kind, group in itertools.groupby(rooms, key=lambda room: room.kind)}
    return [
        (_("Any room of this kind"), [(f"kind:{kind.value}", kind.label) for kind in RoomKind if kind in by_kind]),
        *((kind.label, _rooms(by_kind[kind])) for kind in RoomKind if kind in by_kind),
    ]


def _rooms(rooms: Iterable[Room]) -> list[tuple[str, str]]:
    return [(f"room:{room.pk}", f"{room.number} · {room.get_kind_display()} · {room.capacity}") for room in rooms]


class TimeAndPlace(forms.Form):
    """A room or a kind of room, on a night, from a quarter of an hour on."""

    place = forms.ChoiceField(label=_("Room"), error_messages={"required": _("Choose a room or a kind of room.")})
    night = forms.DateField(
        label=_("Night"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), initial=nights.tonight
    )
    clock = forms.TimeField(
        label=_("From"),
        widget=forms.TimeInput(attrs={"type": "time", "step": QUARTER * 60}, format="%H:%M"),
        help_text=_("Up to 11:45 is the morning after."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = [("", "—"), *places()]  # type: ignore[attr-defined]
        self.fields["night"].widget.attrs["min"] = nights.tonight().isoformat()

    def clean_clock(self) -> dt.time:
        clock: dt.time = self.cleaned_data["clock"]
        if clock.minute % QUARTER or clock.second:
            raise forms.ValidationError(_("In steps of a quarter of an hour."))
        return clock

    def room(self) -> Room | None:
        """The room that was chosen, or None for any of its kind; of a valid form."""
        sort, _colon, value = self.cleaned_data["place"].partition(":")
        return Room.objects.get(pk=int(value)) if sort == "room" else None

    def kind(self) -> str:
        """The kind that was chosen; with a room it is the room's, which booking knows."""
        return str(self.cleaned_data["place"].partition(":")[2])

    def starts_at(self) -> dt.datetime:
        return nights.moment_in(self.cleaned_data["night"], self.cleaned_data["clock"])

    def refuse(self, refused: CannotBook) -> None:
        """Say why at the field where it was typed."""
        field = _FIELD_OF.get(refused.field, refused.field)
        self.add_error(field if field in self.fields else None, str(refused))


def end_of(starts_at: dt.datetime, length: dt.timedelta | None = None) -> dt.datetime:
    """Until when it holds: as long as is usual or as before, and never past its night."""
    night_is_over = nights.night_bounds(nights.night_of(starts_at))[1]
    return min(starts_at + length if length else usual_end(starts_at), night_is_over)


class ReserveForm(OnceForm, TimeAndPlace):
    """Phone first: a known number finds the guest, and then the name may stay empty."""

    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "type": "tel", **_BARE}),
        error_messages={"required": _("A phone number is needed.")},
    )
    name = forms.CharField(
        label=_("Name"), max_length=80, required=False, widget=forms.TextInput(attrs={"spellcheck": "false", **_BARE})
    )
    people = forms.IntegerField(
        label=_("People"),
        min_value=1,
        max_value=500,
        widget=forms.TextInput(attrs={"inputmode": "numeric", **_BARE}),
        error_messages={"required": _("How many are they?")},
    )
    usual_people = party_sizes()
    booked_by = forms.ModelChoiceField(User.objects.none(), label=_("Booked by"), empty_label="—")
    source = forms.ChoiceField(label=_("Came"), choices=Source, initial=Source.PHONE)
    deposit_note = forms.CharField(label=_("Deposit (if any)"), max_length=100, required=False)
    notes = forms.CharField(label=_("Notes"), max_length=200, required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.known = user, None
        managers = User.objects.with_roles().managers()
        self.fields["booked_by"].queryset = managers  # type: ignore[attr-defined]
        if user.is_manager:
            self.fields["booked_by"].initial = user.pk
        start = next_start(timezone.now())
        self.fields["night"].initial = nights.night_of(start)
        self.fields["clock"].initial = timezone.localtime(start, timezone.get_default_timezone()).time()

    known: Customer | None

    def clean_phone(self) -> str:
        try:
            number = phones.normalise(self.cleaned_data["phone"])
        except phones.BadPhone as error:
            raise forms.ValidationError(str(error)) from error
        self.known = look_up(self.user, number)
        return number

    def clean_name(self) -> str:
        typed = self.cleaned_data["name"].strip()
        if not typed:
            return ""
        try:
            return names.read_name(typed).text
        except names.BadName as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        facts: dict[str, Any] = super().clean() or self.cleaned_data
        if not facts.get("name") and "name" not in self.errors and "phone" not in self.errors:
            if self.known:
                facts["name"] = self.known.name
            else:
                self.add_error("name", _("This number is new: a name is needed."))
        return facts

    def reservation(self) -> Reservation:
        """What was typed, unsaved; of a valid form."""
        said, starts_at, room = self.cleaned_data, self.starts_at(), self.room()
        facts = ("people", "booked_by", "source", "deposit_note", "notes", "client_id")
        return Reservation(
            customer=self.known,
            guest_name=said["name"],
            guest_phone=said["phone"],
            room=room,
            kind=room.kind if room else self.kind(),
            starts_at=starts_at,
            ends_at=end_of(starts_at),
            **{field: said[field] for field in facts},
        )


def next_start(now: dt.datetime) -> dt.datetime:
    """The next quarter of an hour; before the evening of the night it lies in, that evening's usual begin."""
    local = timezone.localtime(now + dt.timedelta(minutes=QUARTER, microseconds=-1), timezone.get_default_timezone())
    quarter = local.replace(minute=local.minute - local.minute % QUARTER, second=0, microsecond=0)
    return max(quarter, nights.moment_in(nights.night_of(quarter), dt.time(20)))


class MoveForm(TimeAndPlace):
    """Another room, kind or time for a reservation, which stays as long as it was."""

    def __init__(self, *args: Any, reservation: Reservation, **kwargs: Any) -> None:
        local = timezone.localtime(reservation.starts_at, timezone.get_default_timezone())
        stands = {"night": reservation.night, "clock": local.time(), "place": place_of(reservation)}
        super().__init__(*args, initial=stands, **kwargs)
        self.length = reservation.ends_at - reservation.starts_at

    def change(self) -> dict[str, Any]:
        """What `booking.move_reservation` is to be told; of a valid form."""
        starts_at, room = self.starts_at(), self.room()
        ends_at = end_of(starts_at, self.length)
        return {"room": room, "kind": room.kind if room else self.kind(), "starts_at": starts_at, "ends_at": ends_at}


def place_of(reservation: Reservation) -> str:
    """What it holds, as the form's own value."""
    return f"room:{reservation.room_id}" if reservation.room_id else f"kind:{reservation.kind}"


class CancelForm(forms.Form):
    """Why it is called off."""

    reason = forms.CharField(
        label=_("Why"), max_length=200, error_messages={"required": _("Say why: it stays with the reservation.")}
    )


class FollowUpForm(forms.Form):
    """What came of asking after it."""

    outcome = forms.ChoiceField(choices=[(one.value, one.label) for one in FollowUp if one.value])
