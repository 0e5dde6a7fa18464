"""The first colleague of an empty desk, from the command line: `opora manage hire --role admin anna@example.com`."""

from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from opora.desk.kernel.actors import SYSTEM
from opora.desk.kernel.clock import now
from opora.desk.people.actions import hire
from opora.desk.people.models import Account, Role


class Command(BaseCommand):
    """Hire a colleague. The password is asked for, or read from standard input when it is not a terminal."""

    help = "Make an account for a colleague with the given roles."

    def add_arguments(self, parser: CommandParser) -> None:
        """The address, the name, the roles."""
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        parser.add_argument("--role", action="append", choices=Role.values, required=True)
        parser.add_argument("--language", default="en", choices=["en", "ru"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, check, hire."""
        email = options["email"].strip().lower()
        if Account.objects.filter(email=email).exists():
            raise CommandError(f"{email} has an account already.")
        password = self._password()
        name = options["name"] or email.partition("@")[0].replace(".", " ").title()
        staff = hire(
            email=email,
            name=name,
            roles=options["role"],
            by=SYSTEM,
            at=now(),
            password=password,
            language=options["language"],
        )
        self.stdout.write(f"{staff.name} <{email}> may sign in at /desk/sign-in/ as {', '.join(options['role'])}.")

    def _password(self) -> str:
        password = getpass("Password: ") if self.stdin_is_terminal() else input()
        try:
            validate_password(password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return password

    @staticmethod
    def stdin_is_terminal() -> bool:
        """Whether somebody sits there to be asked."""
        import sys

        return sys.stdin.isatty()
