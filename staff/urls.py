"""Addresses of signing in, of everybody's own settings and of the house's tablets."""

from django.urls import include, path

from staff.offline import views as offline
from staff.views import doors, network, own, tablets

app_name = "staff"
urlpatterns = [
    path("", own.home, name="home"),
    path("login/", doors.login, name="login"),
    path("login/pin/<int:pk>/", doors.pin_login, name="pin_login"),
    path("logout/", doors.logout, name="logout"),
    path("login/code/", doors.second_step, name="second_step"),
    path("tablet/enrol/", doors.enrol, name="enrol"),
    path("language/", own.set_language, name="language"),
    path("theme/", own.set_theme, name="theme"),
    path("password/", own.change_password, name="password"),
    path("offline/why/", network.why_offline, name="why_offline"),
    path("pin/", own.pin, name="pin"),
    path("pin/remove/", own.remove_pin, name="pin_remove"),
    path("tablets/", tablets.tablet_list, name="tablets"),
    path("tablets/<int:pk>/code/", tablets.new_code, name="tablet_code"),
    path("tablets/<int:pk>/revoke/", tablets.revoke, name="tablet_revoke"),
    path("sw.js", offline.service_worker, name="service_worker"),
    path("offline/", offline.queue, name="queue"),
    path("offline/session/", offline.session, name="offline_session"),
    path("offline/entries/", offline.entries, name="offline_entries"),
    path("offline/card/", offline.held_card, name="held_card"),
    path("offline/held/", offline.held_list, name="held"),
    path("offline/held/<uuid:pk>/drop/", offline.drop, name="held_drop"),
    path("offline/held/<uuid:pk>/let-in/", offline.let_in, name="held_let_in"),
    path("", include("staff.floor.urls")),
]
