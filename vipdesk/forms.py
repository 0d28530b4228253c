"""Form fields and forms that every app uses: an amount as people write it, and a form that asks what is unusual."""

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vipdesk.amounts import plain_amount
from vipdesk.templatetags.nights import money

_TYPED = {"inputmode": "decimal", "autocomplete": "off"}
UNSURE = "unsure"  # the code of an error that a confirmation ends


class AmountField(forms.DecimalField):
    """Form field for yuan, read by `vipdesk.amounts`; its limits are told in yuan.

    `asks_above` names the limit of settings.AMOUNT_ASKS_ABOVE beyond which a `SureForm` asks whether it is meant.
    """

    def __init__(
        self, *, asks_above: str = "", least: Decimal | None = None, most: Decimal | None = None, **kwargs: Any
    ) -> None:
        usual: dict[str, Any] = {"max_digits": 14, "decimal_places": 2, "widget": forms.TextInput(attrs=_TYPED)}
        super().__init__(**usual | kwargs)
        self.asks_above = asks_above
        if least is not None:
            words = gettext_lazy("At least ¥%(limit_value)s.")
            self.validators.append(MinValueValidator(least, message=words))
        if most is not None:
            words = gettext_lazy("At most ¥%(limit_value)s.")
            self.validators.append(MaxValueValidator(most, message=words))

    def to_python(self, value: Any) -> Any:
        return super().to_python(plain_amount(value) if isinstance(value, str) else value)


@dataclass(frozen=True)
class Question:
    """Something unusual on a form. `token` is what the form sends back as `sure`; it holds nothing that was typed, and
    another value has another one."""

    token: str
    confirmation: str | Promise
    is_confirmed: bool


class SureForm(forms.Form):
    """A form that comes back once, as it was typed, where something on it is possible and unusual.

    Whoever ticks the question (`sure`) and sends it again has confirmed it. A form that comes from a tablet's queue
    without that tick is held for its author like any other that is not right (`vipdesk.offline`).
    """

    sure = forms.Field(required=False, widget=forms.MultipleHiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions: list[Question] = []

    def clean(self) -> dict[str, Any]:
        """Amounts above their limit of settings.AMOUNT_ASKS_ABOVE are asked about."""
        facts: dict[str, Any] = super().clean() or {}
        for name, field in self.fields.items():
            amount = facts.get(name)
            if isinstance(field, AmountField) and field.asks_above and amount is not None:
                self._ask_about(name, amount, settings.AMOUNT_ASKS_ABOVE[field.asks_above])
        return facts

    def _ask_about(self, name: str, amount: Decimal, limit: Decimal) -> None:
        if abs(amount) > limit:
            said = {"yuan": money(amount)}
            self.ask(name, amount, _("%(yuan)s is unusually much.") % said, _("Yes, it really is %(yuan)s.") % said)

    def ask(self, name: str, value: object, doubt: str | Promise, confirmation: str | Promise) -> None:
        """Add an error at the field `name` until this very value is confirmed."""
        token = f"{name}:{hashlib.sha256(str(value).encode()).hexdigest()[:16]}"
        is_confirmed = token in (self.cleaned_data.get("sure") or ())
        self.questions.append(Question(token, confirmation, is_confirmed))
        if not is_confirmed:
            self.add_error(name, ValidationError(str(doubt), code=UNSURE))
