"""Which part is the text, which the HTML, and what is a file (RFC 2046, 2183, 2387, and what programs really do)."""

import re
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from .charsets import decode, decode_noting
from .headers import split_head
from .inviting import read_invitation
from .letter import Attachment, Invitation
from .rtf import read_rtf
from .sealing import is_signed_content, unwrapped
from .tnef import SIGNATURE, Bundle, read_tnef
from .tree import Part, decodes, read_tree
from .written_in import take_out_files

ATTACHMENT_LIMIT = 200
TEXT_LIMIT = 1_000_000

WRAPPED_LIMIT = 5
_FOR_MACHINES = ("text/x-amp-html", "text/watch-html")  # one more form of the same words
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
_TYPE = re.compile(r"[!-.0-~]{1,60}/[!-~]{1,60}")
_UNSAFE_NAME = re.compile(r'[\x00-\x1f\x7f<>:"|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]+')
_EXTENSIONS = {
    "text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "text/csv": ".csv", "text/x-vcard": ".vcf",
    "text/vcard": ".vcf", "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "application/pdf": ".pdf",
    "application/zip": ".zip", "message/rfc822": ".eml", "message/delivery-status": ".txt",
    "text/rfc822-headers": ".txt", "application/ms-tnef": ".dat", "application/pgp-signature": ".asc",
}  # fmt: skip


@dataclass(slots=True)
class Content:
    """What a letter carries, before the reply is cut out of it."""

    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    subject: str = ""
    invitation: Invitation | None = None
    opened: int = 0

    @property
    def html(self) -> str:
        """Every HTML body, in order."""
        return "\n".join(self.htmls)

    @property
    def plain(self) -> str:
        """The words of the plain parts, in order."""
        return "\n".join(text for text in self.texts if text.strip())


def read_content(tree: Part) -> Content:
    """The text, the HTML and the files of a letter. Never raises."""
    content = Content()
    _take(tree, content, "", True)
    content.attachments = _settle_inline(content)
    return content


def _take(part: Part, content: Content, within: str, leading: bool) -> None:
    if is_signed_content(part) and _take_unwrapped(part, content, within):
        return
    if part.type in _TNEF or (
        _given_name(part).lower() in ("winmail.dat", "win.dat") and part.content()[:4] == SIGNATURE
    ):
        _take_bundle(part, content, within)
        return
    if part.type == "text/calendar" and content.invitation is None:
        words = decode(part.content(), part.parameters.get("charset", ""))
        content.invitation = read_invitation(words, part.parameters.get("method", ""))
    if within == "multipart/alternative" and part.type in _FOR_MACHINES:
        return
    if part.children:
        for number, child in enumerate(part.children):
            _take(child, content, part.type, leading if within == "multipart/related" else number == 0 or leading)
    elif _is_body(part, within, content):
        _take_body(part, content)
    else:
        _enclose(_attachment(part, within, len(content.attachments) + 1), content)


def _enclose(file: Attachment, content: Content) -> None:
    if len(content.attachments) < ATTACHMENT_LIMIT:
        content.attachments.append(file)
    elif "over 200 attachments" not in content.defects:
        content.defects.append("over 200 attachments")


def _take_unwrapped(part: Part, content: Content, within: str) -> bool:
    """The words that lie inside an S/MIME signature, as if they stood in the letter themselves."""
    inner = unwrapped(part.content()) if content.opened < WRAPPED_LIMIT else b""
    if not inner:
        return False
    content.opened += 1
    tree, defects = read_tree(inner)
    content.defects += defects
    _take(tree, content, within, True)
    return True


def _take_bundle(part: Part, content: Content, within: str) -> None:
    """What winmail.dat holds; the bundle itself stays a file only if nothing could be read of it."""
    bundle = read_tnef(part.content())
    if not bundle.whole:
        content.defects.append("winmail.dat could not be read to its end")
    if not (bundle.files or bundle.rtf or bundle.html or bundle.text):
        if not bundle.whole:
            _enclose(_attachment(part, within, len(content.attachments) + 1), content)
        return
    content.subject = bundle.subject
    if not content.texts and not content.htmls:
        _take_words_of(bundle, content)
    for number, file in enumerate(bundle.files, 1):
        name = safe_name(file.name) or f"part-{number}.bin"
        _enclose(
            Attachment(name, _sane_type(file.type), file.content, bool(file.content_id), file.content_id[:300]), content
        )
    if bundle.rtf:
        _enclose(Attachment("body.rtf", "text/rtf", bundle.rtf), content)


def _take_words_of(bundle: Bundle, content: Content) -> None:
    if bundle.html:
        content.htmls.append(bundle.html[:TEXT_LIMIT])
    elif bundle.rtf:
        words, is_html = read_rtf(bundle.rtf)
        (content.htmls if is_html else content.texts).append(words)
    if bundle.text and not content.texts:
        content.texts.append(bundle.text[:TEXT_LIMIT].replace("\r\n", "\n").replace("\r", "\n"))


def _sane_type(kind: str) -> str:
    return kind[:120] if _TYPE.fullmatch(kind) else "application/octet-stream"


def _is_body(part: Part, within: str, content: Content) -> bool:
    if part.type not in ("text/plain", "text/html") or part.disposition == "attachment" or _given_name(part):
        return False
    if within == "multipart/report" and content.texts:
        return False
    if not decodes(part):
        return False
    if within == "multipart/related" and (content.htmls or content.texts) and part.head.raw("content-id"):
        return False
    return not (part.type == "text/html" and within != "multipart/alternative" and content.htmls and content.texts)


def _take_body(part: Part, content: Content) -> None:
    octets = part.content()
    if part.type == "text/plain":
        octets, files = take_out_files(octets)
        for number, file in enumerate(files, 1):
            name = safe_name(decode(file.name)) or f"part-{number}.bin"
            _enclose(Attachment(name, "application/octet-stream", file.content), content)
    if len(octets) > TEXT_LIMIT:
        content.defects.append("text over 1 MB")
        octets = octets[:TEXT_LIMIT]
    text, defect = decode_noting(octets, part.parameters.get("charset", ""))
    if defect:
        content.defects.append(defect)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if part.type == "text/html":
        content.htmls.append(text)
    else:
        content.texts.append(_unflow(text, part) if part.parameters.get("format", "").lower() == "flowed" else text)


def _unflow(text: str, part: Part) -> str:
    """RFC 3676: a line that ends in a blank runs on in the next one of the same quotation depth."""
    blank_is_mark = part.parameters.get("delsp", "").lower() == "yes"
    pieces: list[str] = []
    running = False
    for stuffed in text.split("\n"):
        quoted = stuffed.startswith(">")
        line = stuffed[1:] if stuffed.startswith(" ") else stuffed
        if pieces and not (running and not quoted):
            pieces.append("\n")
        elif running and blank_is_mark:
            pieces[-1] = pieces[-1][:-1]
        pieces.append(line)
        running = line.endswith(" ") and line != "-- " and not quoted
    return "".join(pieces)


def _given_name(part: Part) -> str:
    return part.disposition_parameters.get("filename", "") or part.parameters.get("name", "")


def _attachment(part: Part, within: str, number: int) -> Attachment:
    content_id = (part.head.plain("content-id") or part.head.plain("content-location")).strip("<> ")[:300]
    name = safe_name(_given_name(part)) or _made_name(part, number)
    inline = part.disposition != "attachment" and (bool(content_id) or within == "multipart/related")
    return Attachment(name, part.type[:120], part.content(), inline, content_id)


def safe_name(name: str) -> str:
    """A file name without folders, control or direction characters, at most 150 characters; "" when nothing is left."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = _UNSAFE_NAME.sub("_", name).strip(" .")
    if len(name) > 150:
        stem, dot, end = name.rpartition(".")
        name = stem[: 149 - len(end)] + dot + end if dot and len(end) < 20 else name[:150]
    return name


def _made_name(part: Part, number: int) -> str:
    extension = _EXTENSIONS.get(part.type, ".bin")
    if part.type == "message/rfc822":
        subject = safe_name(split_head(part.content())[0].words("subject")[:80].replace("/", "_"))
        return (subject or f"letter-{number}") + extension
    return f"part-{number}{extension}"


def _settle_inline(content: Content) -> list[Attachment]:
    """A part is inline only if the HTML really shows it; `inline` files nobody refers to are attachments."""
    html = content.html
    return [replace(file, inline=file.inline and _shown(file.content_id, html)) for file in content.attachments]


def _shown(content_id: str, html: str) -> bool:
    """By its Content-ID, written out or percent-encoded, or by its Content-Location."""
    if not content_id or not html:
        return False
    if any(f"cid:{written}" in html for written in (content_id, quote(content_id), content_id.replace("@", "%40"))):
        return True
    return f'"{content_id}"' in html or f"'{content_id}'" in html
