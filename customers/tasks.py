"""Celery's way to the guests: an id comes, one call is made."""

from celery import shared_task

from customers import incoming


@shared_task
def run_import(pk: int) -> None:
    incoming.work(pk)
