"""The roles of the house as Django groups, and what each may do (domain.md, "People").

`sync_roles()` is the only writer of the groups' permissions; it is idempotent and runs after every migrate, because
groups made by a migration vanish at a flush and permissions do not exist yet while migrating.
"""

from django.apps import AppConfig, apps
from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from django.utils.translation import gettext_lazy

MANAGER = "manager"
OPERATIONS = "operations"
AFTERSALES = "aftersales"
ALL = (MANAGER, OPERATIONS, AFTERSALES)
TITLES = {
    MANAGER: gettext_lazy("VIP service managers"),
    OPERATIONS: gettext_lazy("operations"),
    AFTERSALES: gettext_lazy("after-sales"),
}

# Permissions as "app.codename". The admin asks them one by one; our own screens ask for roles, and for the
# permission `customers.export_intake` where numbers leave the house.
PERMISSIONS: dict[str, list[str]] = {
    MANAGER: [],
    OPERATIONS: [
        "customers.export_intake",
        "customers.export_guests",
        "customers.view_customer",
        "customers.view_consent",
        "customers.view_customerimport",
        "customers.view_intakeexport",
        "customers.view_intakereview",
        "customers.view_intakesheet",
        "customers.view_accesslog",
        "customers.view_looktally",
        "customers.view_caregrant",
        "customers.view_leakalert",
        "customers.change_leakalert",
        "customers.view_guestexport",
        "customers.view_handover",
        "customers.add_membershiptier",
        "customers.change_membershiptier",
        "customers.view_membershiptier",
        "customers.add_tag",
        "customers.change_tag",
        "customers.view_tag",
        "customers.view_prospect",
        "customers.change_prospect",
        "customers.view_prospectattempt",
        "customers.add_privacynotice",
        "customers.view_privacynotice",
        "staff.view_user",
        "staff.change_user",
        "staff.reset_password",
        "staff.view_attendance",
        "staff.view_leave",
        "staff.view_nightsignature",
        "staff.view_shift",
        "staff.view_task",
        "staff.view_taskfor",
        "visits.add_room",
        "visits.change_room",
        "visits.view_room",
        "visits.view_reservation",
        "visits.view_party",
        "visits.view_missedvisit",
        "visits.view_storedbottle",
        "visits.view_bottlewithdrawal",
        "visits.view_bottlevalidity",
        "visits.change_bottlevalidity",
        "targets.view_commissionplan",
        "targets.view_monthclosing",
        "targets.view_statement",
        "targets.view_target",
        "targets.view_charge",
        "targets.view_claim",
        "targets.view_giftcost",
        "targets.add_giftcost",
        "targets.change_giftcost",
        "targets.view_gift",
        "targets.view_till",
        "targets.add_till",
        "targets.change_till",
        "feedback.view_survey",
        "feedback.view_weeklysummary",
        "feedback.change_weeklysummary",
        "feedback.view_complaint",
        "feedback.view_escalation",
        "feedback.view_compensation",
        "feedback.change_compensation",
        "feedback.view_complaintlimit",
        "feedback.change_complaintlimit",
        "feedback.view_compensationlimit",
        "feedback.add_compensationlimit",
        "feedback.change_compensationlimit",
        "outreach.view_outreachrules",
        "outreach.change_outreachrules",
        "outreach.add_memberday",
        "outreach.change_memberday",
        "outreach.delete_memberday",
        "outreach.view_memberday",
        "outreach.view_calllist",
        "outreach.view_call",
        "outreach.view_contact",
        "outreach.view_campaign",
        "outreach.add_campaign",
        "outreach.change_campaign",
        "outreach.approve_campaign",
        "outreach.view_smsbatch",
        "outreach.view_smsreply",
        "staff.enrol_tablet",
        "vipdesk.view_schedulerun",
        "vipdesk.change_schedulerun",
        "vipdesk.view_outboxmessage",
        "vipdesk.change_outboxmessage",
        "vipdesk.view_submissionconflict",
        "vipdesk.change_submissionconflict",
    ],
    AFTERSALES: ["customers.export_intake"],
}


def sync_roles(sender: AppConfig | None = None, **_signal: object) -> None:
    """Make the groups exist with exactly the permissions above.

    `post_migrate` comes once for every app, and an app's permissions are made at its own: only the last one counts.
    """
    if sender is not None and sender != [app for app in apps.get_app_configs() if app.models_module][-1]:
        return
    for role, wanted in PERMISSIONS.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set(_permissions(wanted))


def _permissions(names: list[str]) -> list[Permission]:
    if not names:
        return []
    which = Q()
    for name in names:
        app_label, codename = name.split(".")
        which |= Q(content_type__app_label=app_label, codename=codename)
    return list(Permission.objects.filter(which))
