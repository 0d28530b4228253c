"""`manage.py forget_phone USERNAME`: a superuser's phone is lost, and nobody above can take it off their account."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from staff import secondstep
from staff.models import User


class Command(BaseCommand):
    help = "Forgets the phone of somebody's second step; they set up another one at the next signing in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *, username: str, **options: object) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is nobody with the login name {username}.")
        had_one = secondstep.forget_phone(user)
        self.stdout.write(f"{username}: {'the phone is forgotten' if had_one else 'there was no phone'}.")
