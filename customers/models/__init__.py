"""Tables of the guests, by noun."""

from customers.models.access import AccessLog, CareGrant
from customers.models.consent import Consent, PrivacyNotice
from customers.models.customer import Customer
from customers.models.intake import CustomerImport, IntakeExport, IntakeReview, IntakeSheet
from customers.models.member import MembershipTier

__all__ = [
    "AccessLog",
    "CareGrant",
    "Consent",
    "Customer",
    "CustomerImport",
    "IntakeExport",
    "IntakeReview",
    "IntakeSheet",
    "MembershipTier",
    "PrivacyNotice",
]
