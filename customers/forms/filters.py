"""Saving the list's filters under a name."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers import searching
from customers.filters import Filters
from customers.models import SavedFilter
from staff.models import User


class SaveFilterForm(forms.Form):
    """A name for the `filters` that are chosen; what was typed in the search box is no part of them."""

    name = forms.CharField(label=_("Name of the filter"), max_length=40)

    def __init__(self, data: Any = None, *, filters: Filters) -> None:
        super().__init__(data)
        self.filters = filters

    def clean_name(self) -> str:
        name = searching.tidy(self.cleaned_data["name"])
        if not name:
            raise ValidationError(gettext("A name is needed."))
        if not self.filters:
            raise ValidationError(gettext("Choose a filter first: there is nothing to save."))
        return name

    def save(self, *, by: User) -> SavedFilter | None:
        """Keep it; None, with the error at the field, where the name is taken."""
        facts = {"query": self.filters.as_query(), "created_by": by}
        saved, is_new = SavedFilter.objects.get_or_create(name=self.cleaned_data["name"], defaults=facts)
        if is_new:
            return saved
        self.add_error("name", gettext("Another filter has this name."))
        return None
