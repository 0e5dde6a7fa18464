"""Telephone numbers as exchanges write them, in E.164 (+74951234567). Pure; the region belongs to the connection."""

import re

LONGEST_EXTENSION = 5
_HIDDEN = frozenset({"anonymous", "unknown", "unavailable", "restricted", "private", "withheld", "hidden"})
_URI = re.compile(r"^(?:sips?|tel):([^@;>]+)", re.IGNORECASE)


def in_e164(written: str, region: str) -> str:
    """Return the number in E.164, "" for an extension, a hidden caller, or what is no valid number.

    A leading blank is a plus that a form forgot to escape; a leading 00 is the international prefix whatever the region.
    """
    text = written.replace("\x00", "")
    text = "+" + text.strip() if text[:1] == " " and text.strip()[:1].isdigit() else text.strip()
    if found := _URI.match(text):
        text = found[1]
    if text.lower() in _HIDDEN or is_extension(text):
        return ""
    digits = re.sub(r"[^\d+]", "", text)
    if digits.startswith("00"):
        digits = "+" + digits.lstrip("0")
    for candidate in (digits, "+" + digits.lstrip("+")):
        if number := _valid(candidate, region):
            return number
    return ""


def is_extension(written: str) -> bool:
    """Return whether it is an inside number: at most five digits."""
    digits = written.strip()
    return digits.isdecimal() and digits.isascii() and len(digits) <= LONGEST_EXTENSION


def _valid(written: str, region: str) -> str:
    import phonenumbers  # a tenth of a second that only those pay who hear calls

    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
