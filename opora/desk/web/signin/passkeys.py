"""WebAuthn behind a small port: asking the browser to make or use a passkey, and checking its answer.

The cryptography is the fido2 library's, loaded only when a passkey is really used. Knows no database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from opora.desk.kernel.errors import Refused

if TYPE_CHECKING:
    from fido2.server import Fido2Server


@dataclass(frozen=True, slots=True)
class Place:
    """The site a passkey belongs to: its host without port, and the origin the browser must name."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What a checked answer gives."""

    credential_id: bytes
    credential: bytes
    sign_count: int


def begin_making(place: Place, *, account_id: int, email: str, name: str, known: Sequence[bytes]) -> tuple[Any, Any]:
    """What to hand to the browser, and the state to keep in the session until it answers."""
    from fido2.webauthn import PublicKeyCredentialUserEntity, ResidentKeyRequirement, UserVerificationRequirement

    user = PublicKeyCredentialUserEntity(id=str(account_id).encode(), name=email, display_name=name)
    options, state = _server(place).register_begin(
        user,
        _read(known),
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return dict(options), state


def finish_making(place: Place, state: Any, answer: dict[str, Any]) -> Proof:
    """The new credential. Raises Refused when the answer does not fit."""
    try:
        made = _server(place).register_complete(state, answer)
        credential = made.credential_data
    except Exception as error:
        raise _misfit() from error
    if credential is None:
        raise _misfit()
    return Proof(credential.credential_id, bytes(credential), made.counter)


def begin_using(place: Place, known: Sequence[bytes]) -> tuple[Any, Any]:
    """What to hand to the browser, and the state to keep in the session until it answers."""
    from fido2.webauthn import UserVerificationRequirement

    options, state = _server(place).authenticate_begin(
        _read(known), user_verification=UserVerificationRequirement.PREFERRED
    )
    return dict(options), state


def finish_using(place: Place, state: Any, known: Sequence[bytes], answer: dict[str, Any]) -> Proof:
    """The credential that signed. Raises Refused when it is none of the known ones or the answer does not fit."""
    from fido2.webauthn import AuthenticationResponse

    try:
        response = AuthenticationResponse.from_dict(answer)
        used = _server(place).authenticate_complete(state, _read(known), response)
        count = response.response.authenticator_data.counter
    except Exception as error:
        raise _misfit() from error
    return Proof(used.credential_id, bytes(used), count)


def _server(place: Place) -> "Fido2Server":
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialRpEntity

    return Fido2Server(
        PublicKeyCredentialRpEntity(id=place.host, name="Opora"), verify_origin=lambda origin: origin == place.origin
    )


def _read(known: Sequence[bytes]) -> list[Any]:
    from fido2.webauthn import AttestedCredentialData

    return [AttestedCredentialData(bytes(row)) for row in known]


def _misfit() -> Refused:
    return Refused("signin.passkey_misfit", _("The passkey could not be checked. Try again, or use another way."))
