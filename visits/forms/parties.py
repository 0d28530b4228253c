"""Forms of parties: seating one, adding a guest, another room, whose it is."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from customers import names, phones
from customers.models import Customer
from staff.models import User
from vipdesk.templatetags.nights import clock
from visits.booking import CannotBook
from visits.forms.once import OnceForm, look_up, party_sizes
from visits.models import Party, Reservation, Room

_BARE = {"autocomplete": "off"}


class PhoneForm(forms.Form):
    """A guest by their number; `known` is who has it."""

    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "type": "tel", **_BARE}),
        error_messages={"required": _("A phone number is needed.")},
    )
    known: Customer | None

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.known = user, None

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"].strip()
        if not typed:
            return ""
        try:
            number = phones.normalise(typed)
        except phones.BadPhone as error:
            raise forms.ValidationError(str(error)) from error
        self.known = look_up(self.user, number)
        return number

    def refuse(self, refused: CannotBook) -> None:
        """Say why at the field where it was typed."""
        self.add_error(refused.field if refused.field in self.fields else None, str(refused))


class SeatForm(OnceForm, PhoneForm):
    """A party for a room: a reservation's, or a walk-in whose host may stay unknown."""

    reservation = forms.ModelChoiceField(
        Reservation.objects.none(),
        label=_("Who"),
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("This reservation is not waiting any more.")},
    )
    name = forms.CharField(
        label=_("Host's name"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", **_BARE}),
    )
    people = forms.IntegerField(
        label=_("People"),
        min_value=1,
        max_value=500,
        widget=forms.TextInput(attrs={"inputmode": "numeric", **_BARE}),
        error_messages={"required": _("How many are they?")},
    )

    def __init__(self, *args: Any, room: Room, waiting: Iterable[Reservation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.room, self.waiting = room, list(waiting)
        chosen: Any = self.fields["reservation"]
        chosen.queryset = Reservation.objects.filter(pk__in=[one.pk for one in self.waiting])
        chosen.widget.choices = [*((one.pk, _in_words(one)) for one in self.waiting), ("", _("Walk-in"))]
        self.fields["phone"].required = False
        mine = next((one for one in self.waiting if one.is_waiting and one.room_id == room.pk), None)
        if mine:
            chosen.initial, self.fields["people"].initial = mine.pk, mine.people

    @property
    def usual_people(self) -> list[int]:
        """To choose from by a tap."""
        return party_sizes(self.room.capacity)

    def clean_name(self) -> str:
        typed = self.cleaned_data["name"].strip()
        try:
            return names.read_name(typed).text if typed else ""
        except names.BadName as error:
            raise forms.ValidationError(str(error)) from error

    def party(self) -> Party:
        """What was typed, unsaved; of a valid form. A reservation brings its own host, whatever was typed before."""
        said = self.cleaned_data
        is_walk_in = said["reservation"] is None
        return Party(
            room=self.room,
            reservation=said["reservation"],
            customer=self.known if is_walk_in else None,
            host_name=said["name"] if is_walk_in else "",
            host_phone=said["phone"] if is_walk_in and not self.known else "",
            people=said["people"],
            client_id=said["client_id"],
        )


def _in_words(one: Reservation) -> str:
    words = f"{clock(one.starts_at)} {one.guest_name} · {one.booked_by}"
    if not one.is_no_show:
        return words
    return " · ".join([words, *([one.room.number] if one.room else []), pgettext("reservation", "came late")])


class JoinForm(PhoneForm):
    """A further guest, who has to be on file."""

    def clean_phone(self) -> str:
        number = super().clean_phone()
        if not self.known:
            raise forms.ValidationError(_("Nobody on file has this number. Capture them first."))
        return number


class MovePartyForm(forms.Form):
    """A free room; that it still is free is judged when they move."""

    room = forms.ModelChoiceField(
        Room.objects.none(), label=_("Room"), empty_label="—", error_messages={"required": _("Choose a room.")}
    )

    def __init__(self, *args: Any, rooms: Iterable[Any], **kwargs: Any) -> None:
        """`rooms` are all of the house, each with `is_free`."""
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["room"]
        # Any room of the house is understood; the taken ones are refused by the rule itself, which says by whom.
        chosen.queryset = Room.objects.all()
        free = (room for room in rooms if room.is_free)
        chosen.widget.choices = [("", "—"), *((room.pk, _room_in_words(room)) for room in free)]

    def refuse(self, refused: CannotBook) -> None:
        self.add_error(refused.field if refused.field in self.fields else None, str(refused))


def _room_in_words(room: Room) -> str:
    words = f"{room.number} · {room.get_kind_display()} · {room.capacity}"
    return f"{words} · {_('to clean')}" if room.to_clean_since else words


class AttributeForm(forms.Form):
    """Who gets what the party spends, and why that is so."""

    to = forms.ModelChoiceField(User.objects.none(), label=_("Attributed to"), required=False, empty_label=_("nobody"))
    reason = forms.CharField(
        label=_("Why"), max_length=200, error_messages={"required": _("Say why: it stays in the party's history.")}
    )

    def __init__(self, *args: Any, party: Party, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to: Any = self.fields["to"]
        to.queryset = User.objects.with_roles().managers()
        to.initial = party.attributed_to_id
