"""The key of an authenticator app as an address, as letters to type, and as a picture to photograph."""

import base64
import io
from urllib.parse import quote, urlencode

from opora.desk.web.signin import rules


def letters(key: bytes) -> str:
    """The key in groups of four letters (RFC 4648 base32)."""
    text = base64.b32encode(key).decode().rstrip("=")
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def totp_address(key: bytes, email: str) -> str:
    """The otpauth address that apps read (Google's key URI format)."""
    wanted = {"secret": letters(key).replace(" ", ""), "issuer": "Opora", "digits": rules.TOTP_DIGITS}
    return f"otpauth://totp/{quote(f'Opora:{email}')}?{urlencode({**wanted, 'period': rules.TOTP_STEP_SECONDS})}"


def picture(address: str) -> str:
    """A QR code of the address, as a data: address of an SVG picture; black on white in every theme."""
    import qrcode  # type: ignore[import-untyped]
    from qrcode.image.svg import SvgPathFillImage  # type: ignore[import-untyped]

    out = io.BytesIO()
    qrcode.make(address, image_factory=SvgPathFillImage, border=2).save(out)
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode()
