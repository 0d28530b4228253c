"""Celery's way to the guests: an id comes, one call is made."""

from celery import shared_task

from customers import incoming, retention


@shared_task
def run_import(pk: int) -> None:
    incoming.work(pk)


@shared_task
def carry_out_erasures() -> None:
    retention.carry_out()
