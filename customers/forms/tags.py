"""Which tags a guest has."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Tag
from customers.tags import on_offer, tags_of


class TagsForm(forms.Form):
    tags = forms.ModelMultipleChoiceField(
        Tag.objects.none(), label=_("Tags"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tags"].queryset = on_offer(customer)  # type: ignore[attr-defined]
        self.fields["tags"].initial = list(tags_of(customer).values_list("pk", flat=True))
