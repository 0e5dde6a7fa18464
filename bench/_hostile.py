"""Megabytes made to hurt: bodies for the reply cut, whole letters for the parser. Each is made only when it is wanted."""

from base64 import b64encode
from collections.abc import Callable

SIZE = 1_000_000


def _fill(piece: str) -> str:
    return piece * (SIZE // len(piece))


def _letter(head: str, body: str = "") -> bytes:
    return f"From: a@b.example\n{head}\n\n{body}".encode()


def _html(piece: str) -> bytes:
    return _letter("Content-Type: text/html", _fill(piece))


BODIES: dict[str, Callable[[], str]] = {
    "quotation marks on one line": lambda: _fill(">"),
    "nested quotation marks": lambda: "\n".join(">" * depth for depth in range(1400)),
    "quoted lines": lambda: _fill("> x\n"),
    "quoted and unquoted lines": lambda: _fill("> x\ny\n"),
    "On": lambda: _fill("On "),
    "On on every line": lambda: _fill("On \n"),
    "attributions": lambda: _fill("On Mon, 1 Jan 2024 10:15, a <a@b.example> wrote:\nx\n"),
    "half attributions": lambda: _fill("On Mon, 1 Jan 2024 10:15, a <a@b.example\n"),
    "somebody wrote": lambda: _fill("a wrote:\n"),
    "From fields": lambda: _fill("From: a@b.example\n"),
    "all fields": lambda: _fill("From: a\nx\nSent: b\ny\n"),
    "dashes": lambda: _fill("-"),
    "dashes on lines": lambda: _fill("-----\n"),
    "long rules": lambda: _fill("*" * 299 + "\n"),
    "long rules with blanks": lambda: _fill("- " * 149 + "\n"),
    "what somebody wrote": lambda: _fill("On 23.11.2026 10:15 x wrote that y:\n"),
    "empty lines": lambda: _fill("\n"),
    "blanks": lambda: _fill(" "),
    "one word": lambda: _fill("a"),
    "long lines with colons": lambda: _fill("1" * 298 + ":\n"),
    "long lines of dates": lambda: _fill("1.1.2024 10:15 " * 19 + ":\n"),
    "brackets": lambda: _fill("<"),
    "broken mailboxes": lambda: _fill("<@.<@.:\n"),
    "initials": lambda: _fill("AB> x\ny\n"),
    "telephones": lambda: _fill("Sent from my iPhone\n\n"),
    "signatures": lambda: _fill("-- \nx\n"),
    "signatures of PGP": lambda: _fill("-----BEGIN PGP SIGNATURE-----\n-----END PGP SIGNATURE-----\nx\n"),
    "Cyrillic": lambda: _fill("написал "),
    "Cyrillic lines": lambda: _fill("1 мая 2024 г. пользователь написал\n"),
}
LETTERS: dict[str, Callable[[], bytes]] = {
    "brackets as text": lambda: _letter("Subject: x", _fill("<")),
    "brackets as HTML": lambda: _html("<"),
    "open tags": lambda: _html("<div>"),
    "open tags with attributes": lambda: _html("<font size=1 color=red>"),
    "half tags": lambda: _html("<a "),
    "comments": lambda: _html("<!--"),
    "quotations in HTML": lambda: _html("<blockquote>"),
    "quotations in HTML with words": lambda: _html("<blockquote>a<p>"),
    "references": lambda: _html("&#x41;"),
    "ampersands": lambda: _html("&"),
    "tables": lambda: _html("<table><tr><td>x"),
    "scripts": lambda: _html("<script>"),
    "styles of quotations": lambda: _html('<div style="border-top:solid #E1E1E1 1.0pt">x'),
    "hidden elements": lambda: _html('<div style="display:none">x'),
    "hidden elements, nested and closed": lambda: _letter(
        "Content-Type: text/html", '<p style="display:none">' * 33_000 + "x" + "</p>" * 33_000
    ),
    "Russian called Latin-1": lambda: (
        b"Content-Type: text/plain; charset=iso-8859-1\n\n" + "работа не идёт ".encode("cp1251") * 66_000
    ),
    "boundaries nobody named": lambda: b"Content-Type: multipart/mixed\n\n--b\n" * 24_000,
    "one attribute": lambda: _letter("Content-Type: text/html", f'<div class="{_fill("x ")}">y'),
    "fields": lambda: _letter("\n".join(f"X-{n}: y" for n in range(90_000))),
    "one field": lambda: _letter("Subject: " + _fill("a ")),
    "folds": lambda: _letter("Subject: " + _fill("a\n ")),
    "stray lines in the head": lambda: _letter(_fill("stray\nA: b\n")),
    "encoded words": lambda: _letter("Subject: " + _fill("=?utf-8?Q?=D0=B0?= ")),
    "half encoded words": lambda: _letter("Subject: " + _fill("=?utf-8?Q?")),
    "addresses": lambda: _letter("To: " + _fill("a <a@b.example>, ")),
    "comments in an address": lambda: _letter("To: " + _fill("(")),
    "quotes in an address": lambda: _letter("To: " + _fill('"\\')),
    "groups": lambda: _letter("To: " + _fill("a:;")),
    "references to letters": lambda: _letter("References: " + _fill("<a@b> ")),
    "parameters": lambda: _letter("Content-Type: text/plain; " + _fill("a=b; ")),
    "numbered parameters": lambda: _letter(
        "Content-Type: text/plain; " + "; ".join(f"name*{n}*=%41" for n in range(60_000))
    ),
    "parts": lambda: _letter("Content-Type: multipart/mixed; boundary=b", _fill("--b\n\nx\n")),
    "delimiters that are none": lambda: _letter("Content-Type: multipart/mixed; boundary=b", _fill("--bx\n")),
    "parts in parts": lambda: b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(18_000)
    ),
    "parts in parts of one boundary": lambda: b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 21_000,
    "letters in letters": lambda: b"Content-Type: message/rfc822\n\n" * 32_000,
    "empty lines": lambda: b"\n" * SIZE,
    "carriage returns": lambda: b"Subject: x\r" + b"\r" * SIZE,
    "zeros": lambda: b"\0" * SIZE,
    "octets without a charset": lambda: _letter("Subject: x").rstrip() + b"\n\n" + bytes(range(128, 256)) * 7_800,
    "base64 that is none": lambda: _letter("Content-Transfer-Encoding: base64", _fill("?a")),
    "quoted-printable": lambda: _letter("Content-Transfer-Encoding: quoted-printable", _fill("=\n")),
    "flowed lines": lambda: _letter("Content-Type: text/plain; format=flowed; delsp=yes", _fill("a \n")),
    "uuencoded beginnings": lambda: _letter("Subject: x", _fill("begin 644 a\n")),
    "yEnc beginnings": lambda: _letter("Subject: x", _fill("=ybegin name=a\n")),
    "Japanese escapes": lambda: _letter("Content-Type: text/plain; charset=iso-2022-jp", _fill("\x1b$B")),
    "events": lambda: _letter("Content-Type: text/calendar", _fill("BEGIN:VEVENT\nDTSTART;")),
    "RTF in winmail.dat": lambda: _bundle(b"{\\rtf1" + b"{\\u1 \\'" * 140_000),
    "repeated RTF in winmail.dat": lambda: _bundle(b"", b"\xff" * 900_000),
    "reports": lambda: _letter("Subject: failure notice\nReturn-Path: <>", _fill("user a@b.example: unknown\n")),
    "statuses": lambda: _letter(
        "Content-Type: multipart/report; boundary=b",
        "--b\n\nx\n--b\nContent-Type: message/delivery-status\n\n" + _fill("Final-Recipient: rfc822;a@b.example\n\n"),
    ),
    "forwards": lambda: _letter("Subject: Fwd: x", _fill("---- Forwarded message ----\nFrom: a\n")),
    "text and HTML": lambda: _letter(
        "Content-Type: multipart/alternative; boundary=b",
        f"--b\n\n{_fill('a b ')[: SIZE // 2]}\n--b\nContent-Type: text/html\n\n"
        f"{_fill('a b ')[: SIZE // 2]}<blockquote>c</blockquote>",
    ),
}


def _bundle(rtf: bytes, packed: bytes = b"") -> bytes:
    """A letter with a winmail.dat of this RTF, stored or packed."""
    from struct import pack

    kind = 0x75465A4C if packed else 0x414C454D
    value = pack("<IIII", 0, 50_000_000 if packed else len(rtf), kind, 0) + (packed or rtf)
    value += b"\0" * (-len(value) % 4)
    props = pack("<IHHII", 1, 0x102, 0x1009, 1, len(value)) + value
    bundle = b"\x78\x9f\x3e\x22\x01\x00" + pack("<BII", 1, 0x00069003, len(props)) + props + b"\0\0"
    return b"Content-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n" + b64encode(bundle)
