"""Models of the app, by noun."""

from outreach.models.calls import Call, CallLeftOver, CallList, CallListEntry, CallReason, Contact
from outreach.models.campaign import Campaign, CampaignNote
from outreach.models.rules import MemberDay, OutreachRules
from outreach.models.sms import InboundFault, SmsAttempt, SmsBatch, SmsMessage, SmsReceipt, SmsReply

__all__ = [
    "Call",
    "CallLeftOver",
    "CallList",
    "CallListEntry",
    "CallReason",
    "Campaign",
    "CampaignNote",
    "Contact",
    "InboundFault",
    "MemberDay",
    "OutreachRules",
    "SmsAttempt",
    "SmsBatch",
    "SmsMessage",
    "SmsReceipt",
    "SmsReply",
]
