"""Proving again who one is, before something that matters: the password, under the same lock against guessing as at the door."""

from django.utils.translation import gettext as _

from opora.desk.kernel.errors import Refused
from opora.desk.web.components.caller import network_address
from opora.desk.web.components.doors import CONTACT_DOOR, ContactRequest
from opora.desk.web.signin.actions import check_password


def prove_again(request: ContactRequest, password: str) -> None:
    """Return if it is the right password of the one who is signed in. Raises Refused otherwise, and for people without one."""
    if not request.account.has_usable_password():
        raise Refused(
            "portal.no_password", _("You have no password yet. Use the link in our letter, or set one first.")
        )
    address = network_address(request)
    check_password(request.account.email, password, door=CONTACT_DOOR, address=address, at=request.at)
