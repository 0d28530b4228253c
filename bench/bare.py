"""The references: what a capture and a list cost in Django when a page does nothing else (session, CSRF, login).

`BareGuest` has the columns of a capture and one unique number; its table is made by the bench.
"""

from django import forms
from django.contrib.auth.decorators import login_required
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import Context, Engine
from django.urls import path

from customers.models import Customer
from vipdesk import urls

# What the reference goes through; the desk goes through all of its own.
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
BACKEND = "django.contrib.auth.backends.ModelBackend"

_LIST = Engine().from_string(
    "<!doctype html><title>Guests</title><ul>{% for guest in guests %}<li><a href='/customers/{{ guest.pk }}/'>"
    "{{ guest.name }} {{ guest.tier.name_en }}</a> {{ guest.phone }} {{ guest.owner.display_name }} "
    "{{ guest.night }}</li>{% endfor %}</ul>"
)


class BareGuest(models.Model):
    name = models.CharField(max_length=80)
    phone = models.CharField(max_length=16, unique=True)
    birthday_month = models.PositiveSmallIntegerField(null=True, blank=True)
    birthday_day = models.PositiveSmallIntegerField(null=True, blank=True)
    birthday_year = models.PositiveSmallIntegerField(null=True, blank=True)
    birthday_calendar = models.CharField(max_length=5)
    home_address = models.CharField(max_length=200, blank=True)
    work_address = models.CharField(max_length=200, blank=True)
    sms_consent = models.BooleanField(default=False)
    source = models.CharField(max_length=60, blank=True)
    notes = models.TextField(blank=True)
    client_id = models.UUIDField()

    class Meta:
        app_label = "bench"

    def __str__(self) -> str:
        return self.name


class BareForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = BareGuest
        fields = [f.name for f in BareGuest._meta.fields if f.name != "id"]


@login_required
def insert(request: HttpRequest) -> HttpResponse:
    """One INSERT of what was sent, nothing asked."""
    sent = {name: request.POST.get(name, "") for name in BareForm.Meta.fields}
    numbers = {name: int(sent[name] or 0) for name in ("birthday_month", "birthday_day", "birthday_year")}
    BareGuest._default_manager.create(**(sent | numbers | {"sms_consent": bool(sent["sms_consent"])}))
    return redirect("/bare/insert/")


@login_required
def model_form(request: HttpRequest) -> HttpResponse:
    """The same through a plain ModelForm, which looks the number up before it inserts."""
    form = BareForm(request.POST)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=422)
    form.save()
    return redirect("/bare/form/")


@login_required
def guests(request: HttpRequest) -> HttpResponse:
    """Twenty-five guests in a list without a frame around it."""
    newest = Customer.objects.select_related("owner", "tier").order_by("-captured_at", "-pk")[:25]
    return HttpResponse(_LIST.render(Context({"guests": newest})))


urlpatterns = [
    *urls.urlpatterns,
    path("bare/insert/", insert),
    path("bare/form/", model_form),
    path("bare/guests/", guests),
]
