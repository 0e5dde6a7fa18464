"""One-time codes for customers. A stranger's address takes the same road, only that no letter is sent."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from opora.desk.customers.actions import give_account
from opora.desk.customers.models import Contact
from opora.desk.customers.queries import find_contact_by_email
from opora.desk.kernel.actions import SYSTEM, announce
from opora.desk.kernel.errors import Refused
from opora.desk.web.signin import events, letters, rules, seals
from opora.desk.web.signin.actions.guessing import announce_lock, count_try, forgive
from opora.desk.web.signin.models import SignInCode

SENDING = ("code_account", "code_address")


@transaction.atomic
def ask_for_code(email: str, *, address: str, at: datetime) -> SignInCode:
    """Make a code for the address. Known and unknown addresses take the same time here: the worker looks and sends.

    Raises Refused when too many codes were asked for.
    """
    name = email.strip().lower()[:254]
    count_try(name, address, at=at, kinds=SENDING)
    announce_lock(name, address, at=at, kinds=SENDING)
    number = seals.digits(rules.CODE_DIGITS)
    code = SignInCode.objects.create(
        email=name,
        digest=seals.digest("code", name, number),
        sealed=seals.seal(number.encode()),
        made_at=at,
        ends_at=at + rules.CODE_LIVES,
        tries_left=rules.CODE_TRIES,
    )
    announce(events.CODE_ASKED, subject=("sign_in_code", code.pk), by=SYSTEM, at=at, address=address)
    return code


@transaction.atomic
def send_code(key: int, *, at: datetime) -> bool:
    """Write the letter with the code if the address is a customer's; True when it was written. For the worker."""
    code = SignInCode.objects.select_for_update().filter(pk=key, ends_at__gt=at).exclude(sealed="").first()
    if code is None:
        return False
    number = seals.unseal(code.sealed).decode()
    SignInCode.objects.filter(pk=code.pk).update(sealed="")
    contact = find_contact_by_email(code.email)
    if contact is None:
        return False
    letters.write_code(contact, to=code.email, number=number, at=at)
    announce(events.CODE_SENT, subject=("contact", contact.pk), by=SYSTEM, at=at)
    return True


def accept_code(key: int, typed: str, *, address: str, at: datetime) -> Contact:
    """The person whose code this is; the code is used up, and the person has an account from now on.

    Raises Refused in the same words for a wrong, old, used or never sent code.
    """
    code = SignInCode.objects.filter(pk=key, used_at__isnull=True, ends_at__gt=at).first()
    wrong = Refused("signin.wrong_code", _("This code is not right or has grown old. Check it, or ask for a new one."))
    if code is None:
        raise wrong
    open_still = SignInCode.objects.filter(pk=code.pk, tries_left__gt=0, used_at__isnull=True)
    if not open_still.update(tries_left=F("tries_left") - 1):
        raise wrong
    if not seals.same(code.digest, seals.digest("code", code.email, rules.digits_of(typed))):
        raise wrong
    return _let_in(code, address, at)


@transaction.atomic
def _let_in(code: SignInCode, address: str, at: datetime) -> Contact:
    if not SignInCode.objects.filter(pk=code.pk, used_at__isnull=True).update(used_at=at):
        raise Refused("signin.wrong_code", _("This code was used already. Ask for a new one."))
    contact = find_contact_by_email(code.email)
    if contact is None:
        raise Refused("signin.gone", _("This account is no longer active. Write to us by e-mail."))
    try:
        with transaction.atomic():
            give_account(contact, by=contact.actor, at=at)
    except IntegrityError:
        raise Refused(
            "signin.address_taken", _("This address belongs to another account. Write to us by e-mail, please.")
        ) from None
    if contact.account is None or not contact.account.is_active:
        raise Refused("signin.gone", _("This account is no longer active. Write to us by e-mail."))
    forgive(code.email, address, kinds=SENDING)
    return contact
