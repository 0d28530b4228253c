"""Addresses of the guest's own page: open to everybody who has the link (contract.md, `/g/<token>/`)."""

from django.urls import path

from feedback.views import guest

app_name = "guest"
urlpatterns = [
    path("<str:token>/", guest.page, name="page"),
    path("<str:token>/details/", guest.details, name="details"),
    path("<str:token>/silence/", guest.silence, name="silence"),
    path("<str:token>/thanks/", guest.thanks, name="thanks"),
]
