"""Addresses of calls, campaigns and messages (contract.md, "Screens")."""

from django.urls import path

from outreach.views import calls, campaigns, contacts, costs, providers, sms, trace

app_name = "outreach"
urlpatterns = [
    path("calls/", calls.calls, name="calls"),
    path("calls/<int:pk>/", calls.call, name="call"),
    path("calls/mine/", calls.card, name="my_calls"),
    path("calls/trace/", trace.page, name="trace"),
    path("guests/<int:pk>/contacts/", contacts.card, name="guest_contacts"),
    path("guests/<int:pk>/contacts/new/", contacts.contact, name="contact"),
    path("campaigns/", campaigns.running, name="campaigns"),
    path("campaigns/mine/", campaigns.card, name="my_campaigns"),
    path("campaigns/<int:pk>/notes/", campaigns.note, name="campaign_note"),
    path("campaigns/<int:pk>/feedback/", campaigns.feedback, name="campaign_feedback"),
    path("campaigns/<int:pk>/task/", campaigns.task, name="campaign_task"),
    path("sms/", sms.batches, name="sms"),
    path("sms/new/", sms.new, name="sms_new"),
    path("sms/costs/", costs.page, name="sms_costs"),
    path("sms/questions/", sms.questions, name="sms_questions"),
    path("sms/replies/", sms.replies, name="sms_replies"),
    path("sms/<int:pk>/", sms.batch, name="sms_batch"),
    path("sms/<int:pk>/progress/", sms.progress, name="sms_progress"),
    path("sms/<int:pk>/move/", sms.move, name="sms_move"),
    path("sms/<int:pk>/test/", sms.test, name="sms_test"),
    path("dlr/kannel/<str:secret>/<uuid:attempt>/", providers.dlr_kannel, name="dlr_kannel"),
    path("mo/kannel/<str:secret>/", providers.reply_kannel, name="reply_kannel"),
]
