"""Operations' home: what is wrong with the machinery, how tonight and last night went, and where everything is."""

import datetime as dt
from typing import Any, cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from customers.sheets import GOAL, sheets_of
from staff.models import User
from vipdesk import alerts, nights


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Called by unfold for the admin's first page."""
    tonight = nights.tonight()
    may_see = cast(User, request.user).has_perm("customers.view_customer")
    return context | {
        "alerts": alerts.current(),
        "sheets": sheets_of([tonight, tonight - dt.timedelta(days=1)]) if may_see else [],
        "tonight": tonight,
        "goal": GOAL,
    }


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar: the desk's own screens first."""
    user, home = cast(User, request.user), reverse("admin:index")

    def item(title: str, icon: str, name: str, permission: str = "") -> dict[str, Any]:
        may = user.is_superuser or not permission or user.has_perm(permission)
        url = reverse(name)
        is_here = request.path.startswith(url) if url != home else request.path == home
        return {"title": title, "icon": icon, "link": url, "active": is_here, "permission": lambda _request: may}

    def records(title: str, icon: str, model: str) -> dict[str, Any]:
        app, name = model.split(".")
        return item(title, icon, f"admin:{app}_{name}_changelist", f"{app}.view_{name}")

    return [
        {
            "items": [
                item(_("Operations"), "monitoring", "admin:index"),
                item(_("Intake"), "fact_check", "customers:intake"),
                item(_("Guests"), "person", "customers:list"),
                item(_("Doubles"), "merge", "customers:doubles"),
                item(_("Imports"), "upload", "customers:imports"),
                item(_("Rooms"), "meeting_room", "visits:rooms"),
                item(_("Reservations"), "event_seat", "visits:reservations"),
                item(_("What rooms spend"), "payments", "visits:spending"),
                item(_("Stored bottles"), "liquor", "visits:bottles"),
                item(_("Months and statements"), "request_quote", "targets:my_month"),
                item(_("Commission plans"), "percent", "targets:plans"),
                item(_("Bills to settle"), "receipt_long", "targets:bills"),
                item(_("Fruit plates"), "nutrition", "targets:gifts"),
                item(_("The managers' night"), "nightlife", "staff:house"),
                records(_("Weekly summaries"), "reviews", "feedback.weeklysummary"),
                item(_("Complaints"), "sentiment_dissatisfied", "feedback:complaints"),
                item(_("Complaints in figures"), "insert_chart", "feedback:complaint_figures"),
                item(_("Calls"), "call", "outreach:calls"),
                item(_("What calls brought"), "trending_up", "outreach:trace"),
                item(_("SMS"), "sms", "outreach:sms"),
                item(_("Where guests come from"), "person_search", "customers:lead_sources"),
                item(_("Tasks"), "assignment", "staff:tasks"),
                item(_("Erasures"), "privacy_tip", "customers:erasures"),
            ]
        },
        {
            "title": _("The house"),
            "separator": True,
            "items": [
                records(_("Staff"), "badge", "staff.user"),
                item(_("Roster"), "calendar_month", "staff:rota"),
                item(_("Tablets"), "tablet", "staff:tablets", "staff.enrol_tablet"),
                records(_("Membership tiers"), "workspace_premium", "customers.membershiptier"),
                records(_("Tags"), "label", "customers.tag"),
                records(_("Privacy notices"), "policy", "customers.privacynotice"),
                records(_("Rooms and tables"), "door_front", "visits.room"),
                records(_("Outreach rules"), "campaign", "outreach.outreachrules"),
                records(_("Campaigns"), "redeem", "outreach.campaign"),
                records(_("Validity of bottles"), "event_available", "visits.bottlevalidity"),
                records(_("Tills"), "point_of_sale", "targets.till"),
                records(_("Cost of a fruit plate"), "sell", "targets.giftcost"),
                item(_("Cards of the rooms"), "qr_code_2", "feedback:cards"),
                item(_("Opt-outs from rooms"), "notifications_off", "feedback:opt_outs"),
                records(_("Limits of complaints"), "timer", "feedback.complaintlimit"),
                records(_("Limits of compensation"), "price_check", "feedback.compensationlimit"),
            ],
        },
        {
            "title": _("Records"),
            "separator": True,
            "items": [
                records(_("All guests"), "groups", "customers.customer"),
                records(_("Prospects"), "person_add", "customers.prospect"),
                records(_("Attendance"), "schedule", "staff.attendance"),
                records(_("Shifts"), "event_note", "staff.shift"),
                records(_("Leave"), "beach_access", "staff.leave"),
                records(_("Signed nights"), "signature", "staff.nightsignature"),
                records(_("Tasks given"), "task", "staff.task"),
                records(_("All reservations"), "event_seat", "visits.reservation"),
                records(_("All parties"), "celebration", "visits.party"),
                records(_("VIPs not visited"), "heart_broken", "visits.missedvisit"),
                records(_("All bottles"), "wine_bar", "visits.storedbottle"),
                records(_("Bottles taken out"), "output", "visits.bottlewithdrawal"),
                records(_("Closed months"), "lock_clock", "targets.monthclosing"),
                records(_("Closed statements"), "contract", "targets.statement"),
                records(_("Targets of managers"), "flag", "targets.target"),
                records(_("Ledger of charges"), "account_balance_wallet", "targets.charge"),
                records(_("Claims"), "back_hand", "targets.claim"),
                records(_("Fruit plates given"), "featured_seasonal_and_gifts", "targets.gift"),
                records(_("All surveys"), "rate_review", "feedback.survey"),
                records(_("All complaints"), "report", "feedback.complaint"),
                records(_("Escalations"), "priority_high", "feedback.escalation"),
                records(_("Compensation"), "redeem", "feedback.compensation"),
                records(_("Call lists"), "list_alt", "outreach.calllist"),
                records(_("All calls"), "call_log", "outreach.call"),
                records(_("Contacts"), "forum", "outreach.contact"),
                records(_("SMS batches"), "outgoing_mail", "outreach.smsbatch"),
                records(_("Answers to SMS"), "reply", "outreach.smsreply"),
                records(_("Handed-in sheets"), "assignment_turned_in", "customers.intakesheet"),
                records(_("Decisions"), "rule", "customers.intakereview"),
                records(_("Exports"), "download", "customers.intakeexport"),
                records(_("Imported sheets"), "upload_file", "customers.customerimport"),
                records(_("Guest lists taken out"), "file_download", "customers.guestexport"),
                records(_("Handovers"), "group_remove", "customers.handover"),
                records(_("Looks at numbers"), "visibility", "customers.accesslog"),
                records(_("Looks counted"), "bar_chart", "customers.looktally"),
                records(_("Guests opened"), "lock_open", "customers.caregrant"),
                records(_("Unusual looking"), "notification_important", "customers.leakalert"),
            ],
        },
        {
            "title": _("Machinery"),
            "separator": True,
            "items": [
                item(_("Nightly jobs"), "schedule", "admin:vipdesk_jobs", "vipdesk.view_schedulerun"),
                records(_("Messages to send"), "outbox", "vipdesk.outboxmessage"),
                records(_("Conflicting forms"), "difference", "vipdesk.submissionconflict"),
            ],
        },
    ]
