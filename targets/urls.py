"""Addresses of charges, targets, statements and gifts (contract.md, "Screens")."""

from django.urls import path

from targets.views import bills, closing, gifts, my_month, plans, statements, till_api

app_name = "targets"
urlpatterns = [
    path("", my_month.page, name="my_month"),
    path("month-card/", my_month.card, name="month_card"),
    path("statements/<month:month>/", statements.statement, name="statement"),
    path("statements/<month:month>/statements.csv", statements.as_csv, name="statements_csv"),
    path("statements/<month:month>/statements.xlsx", statements.as_xlsx, name="statements_xlsx"),
    path("statements/<month:month>/rank/", statements.rank, name="rank"),
    path("statements/<month:month>/close/", closing.close, name="close"),
    path("statements/<month:month>/<int:pk>/", statements.statement_of_manager, name="statement_of"),
    path("statements/<month:month>/<int:pk>/bills/", statements.bills, name="statement_bills"),
    path("statements/<month:month>/<int:pk>/target/", closing.target, name="target"),
    path("plans/", plans.plan_list, name="plans"),
    path("plans/<int:pk>/", plans.page, name="plan"),
    path("plans/<int:pk>/copy/", plans.copy, name="plan_copy"),
    path("plans/<int:pk>/preview/", plans.preview, name="plan_preview"),
    path("plans/<int:pk>/confirm/", plans.confirm, name="plan_confirm"),
    path("plans/<int:pk>/withdraw/", plans.withdraw, name="plan_withdraw"),
    path("charges/new/", bills.claim, name="claim"),
    path("bills/", bills.to_settle, name="bills"),
    path("bills/give/", bills.give_many, name="give_bills"),
    path("bills/<int:pk>/", bills.bill, name="bill"),
    path("bills/<int:pk>/give/", bills.give, name="give_bill"),
    path("claims/<int:pk>/confirm/", bills.confirm, name="confirm_claim"),
    path("claims/<int:pk>/reject/", bills.reject, name="reject_claim"),
    path("gifts/", gifts.costs, name="gifts"),
    path("gifts/tonight/", gifts.tonight, name="gifts_tonight"),
    path("gifts/parties/<int:pk>/", gifts.party_card, name="party_gifts"),
    path("gifts/parties/<int:pk>/give/", gifts.give, name="give_gift"),
    path("gifts/<int:pk>/take-back/", gifts.take_back, name="take_back_gift"),
    path("api/charges/", till_api.charges, name="api_charges"),
    path("api/interim/", till_api.interim, name="api_interim"),
    path("api/openapi.json", till_api.description, name="api_description"),
]
