"""Addresses of what guests say: surveys, weeks, complaints (contract.md, "Screens")."""

from django.urls import path

from feedback.views import complaint_cards, complaint_figures, complaints, opt_outs, room_cards, surveys, weeks

app_name = "feedback"
urlpatterns = [
    path("surveys/", surveys.survey_list, name="surveys"),
    path("surveys/new/", surveys.new, name="survey"),
    path("parties/<int:pk>/surveys/", surveys.party_surveys, name="party_surveys"),
    path("guests/<int:pk>/surveys/", surveys.guest_surveys, name="guest_surveys"),
    path("surveys/mine/", weeks.my_surveys, name="my_surveys"),
    path("weeks/<week:week>/", weeks.week, name="week"),
    path("weeks/<week:week>/print/", weeks.week_print, name="week_print"),
    path("weeks/<week:week>/week.xlsx", weeks.week_xlsx, name="week_xlsx"),
    path("cards/", room_cards.cards, name="cards"),
    path("cards/codes/", room_cards.make_codes, name="make_codes"),
    path("cards/<int:pk>/renew/", room_cards.renew_code, name="renew_code"),
    path("opt-outs/", opt_outs.opt_out_list, name="opt_outs"),
    path("opt-outs/<night:night>/<int:pk>/", opt_outs.review, name="opt_out_review"),
    path("complaints/", complaints.complaint_list, name="complaints"),
    path("complaints/new/", complaints.new, name="complaint_new"),
    path("complaints/mine/", complaint_cards.mine, name="my_complaints"),
    path("complaints/figures/", complaint_figures.figures, name="complaint_figures"),
    path("complaints/<int:pk>/", complaints.page, name="complaint"),
    path("complaints/<int:pk>/contact/", complaints.reveal_contact, name="reveal_contact"),
    path("complaints/<int:pk>/move/<slug:verb>/", complaints.move, name="complaint_move"),
    path("complaints/<int:pk>/compensation/", complaints.compensate, name="compensate"),
    path("compensations/<int:pk>/<slug:decision>/", complaints.decide, name="compensation_decide"),
    path("guests/<int:pk>/complaints/", complaint_cards.guest_complaints, name="guest_complaints"),
    path("parties/<int:pk>/complaints/", complaint_cards.party_complaints, name="party_complaints"),
    path("badges/", complaint_cards.badges, name="badges"),
]
