"""Celery's way to the text messages: an id comes, one call is made."""

from celery import shared_task

from outreach import sms_jobs


# A task that waited for longer than a minute is worthless: the next sweep has sent another by then.
@shared_task(expires=60)
def send_sms_batch(pk: int) -> None:
    sms_jobs.send_for_a_while(pk)
