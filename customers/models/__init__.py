"""Tables of the guests, by noun."""

from customers.models.access import AccessLog, CareGrant
from customers.models.consent import Consent, PrivacyNotice
from customers.models.customer import Customer
from customers.models.desk import Handover, SavedFilter
from customers.models.doubles import Merge, PossibleDouble
from customers.models.intake import CustomerImport, IntakeExport, IntakeReview, IntakeSheet
from customers.models.late import CaptureNote
from customers.models.leaks import GuestExport, LeakAlert, Looks, LookTally
from customers.models.member import MembershipTier
from customers.models.number import PhoneNumber
from customers.models.prospect import Prospect, ProspectAttempt
from customers.models.rights import Erasure, ErasureOrder, ForgottenNumber
from customers.models.tag import GuestTag, Tag

__all__ = [
    "AccessLog",
    "CaptureNote",
    "CareGrant",
    "Consent",
    "Customer",
    "CustomerImport",
    "Erasure",
    "ErasureOrder",
    "ForgottenNumber",
    "GuestExport",
    "GuestTag",
    "Handover",
    "IntakeExport",
    "IntakeReview",
    "IntakeSheet",
    "LeakAlert",
    "LookTally",
    "Looks",
    "MembershipTier",
    "Merge",
    "PhoneNumber",
    "PossibleDouble",
    "PrivacyNotice",
    "Prospect",
    "ProspectAttempt",
    "SavedFilter",
    "Tag",
]
