"""The conversation as markup, made in code: dozens of messages of a dozen marks each are too many template tags.

A message, a note and an event each have a shape of their own; the note's is unmistakable and is written here once.
"""

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from opora.desk.tickets.models import Handoff
from opora.desk.web.components import marks
from opora.desk.web.console import known
from opora.desk.web.console.conversation import Attachment, Entry, Said
from opora.desk.web.console.telling import Told


def as_markup(entries: list[Entry]) -> SafeString:
    """Everything, one list item each, for the conversation's list."""
    words = Words()
    return mark_safe("".join(_entry(one, words) for one in entries))


def _entry(entry: Entry, words: "Words") -> str:
    if entry.said is not None:
        return _said(entry.said, words)
    return _handed(entry.handoff, words) if entry.handoff is not None else _told(entry.told)


class Words:
    """The words that repeat from line to line, translated once."""

    def __init__(self) -> None:
        # Words stand outside the f-strings: the collector of translations does not look into them.
        note, ours, automatic = escape(_("Internal note")), escape(_("to the customer")), escape(_("automatic"))
        self.note = f'<span class="badge note">{marks.icon("lock")}{note}</span>'
        self.ours = f'<span class="quiet">{ours}</span>'
        self.automatic = f'<span class="badge">{automatic}</span>'
        self.quoted = escape(_("Quoted text"))
        self.formatted = escape(_("As it was made"))
        self.came_from = escape(_("from T-%(number)s"))
        self.drawn = escape(_("drawn from the ticket"))


def _said(said: Said, words: Words) -> str:
    """Words somebody wrote: a note or a message of either side."""
    if said.side == "note":
        shape, mark = "note", words.note
    elif said.side == "ours":
        shape, mark = "message ours", words.ours
    else:
        shape, mark = "message customer", f'<span class="quiet">{escape(said.channel)}</span>'
    if said.automatic:
        mark += words.automatic
    if said.came_from:
        mark += f'<span class="quiet">{words.came_from % {"number": said.came_from}}</span>'
    return (
        f'<li id="{said.key}" class="{shape}"><div class="said-head">{said.avatar}<strong>{escape(said.who)}</strong>{mark}'
        f'<span class="when">{said.ago}</span></div><div class="said-text">{said.text}</div>'
        f"{_quoted(said, words)}{_formatted(said, words)}{_files(said.files)}{said.delivery}</li>"
    )


def _quoted(said: Said, words: Words) -> str:
    if not said.quoted:
        return ""
    return (
        f'<details class="quoted"><summary aria-label="{words.quoted}">{marks.icon("dots")}</summary>'
        f'<div class="said-text quiet">{said.quoted}</div></details>'
    )


def _formatted(said: Said, words: Words) -> str:
    """The letter's own look, fetched into a frame when it is asked for; without scripts a page of its own."""
    if not said.formatted:
        return ""
    return (
        f'<details class="as-made" data-loads="{said.formatted}?frame"><summary>{marks.icon("file-text")}'
        f'{words.formatted}</summary><div data-loads-into><a href="{said.formatted}" target="_blank" rel="noopener">'
        f"{words.formatted}</a></div></details>"
    )


def _files(attached: list[Attachment]) -> str:
    return f'<div class="files">{"".join(map(_file, attached))}</div>' if attached else ""


def _file(file: Attachment) -> str:
    address = escape(file.address)
    how = 'target="_blank" rel="noopener"' if file.picture else "download"
    picture = (
        f'<img src="{address}" alt="" loading="lazy" width="32" height="32">' if file.picture else marks.icon("file")
    )
    return (
        f'<a class="file" href="{address}" {how}>{picture}<span class="cut">{escape(file.name)}</span>'
        f'<span class="quiet">{escape(file.size)}</span></a>'
    )


def _handed(note: Handoff, words: Words) -> str:
    """What a line knew when it let go of the ticket: three parts, for colleagues only."""
    parts = "".join(
        f"<div><dt>{escape(title)}</dt><dd>{as_lines(text)}</dd></div>" for title, text in known.parts_of(note)
    )
    drawn = f'<span class="quiet">{words.drawn}</span>' if note.drawn else ""
    return (
        f'<li id="h{note.pk}" class="handoff"><div class="said-head">{marks.icon("arrow-forward-up")}'
        f"<strong>{escape(note.by.name)}</strong><span>{escape(known.way_words(note))}</span>{drawn}"
        f'<span class="when">{marks.ago(note.at)}</span></div><dl>{parts}</dl></li>'
    )


def as_lines(text: str) -> str:
    """The words, escaped, each line a line."""
    return str(escape(text)).replace("\n", "<br>")


def _told(told: Told | None) -> str:
    """One thin line of history."""
    if told is None:
        return ""
    who = f"<strong>{escape(told.who)}</strong> " if told.who else ""
    why = f" <q>{escape(told.why)}</q>" if told.why else ""
    address, words = told.leads_to
    if address:
        why += f' <a href="{escape(address)}">{escape(words)}</a>'
    return (
        f'<li id="{told.key}" class="told {told.tone}">{marks.icon(told.icon)}<span>{who}{escape(told.what)}{why}</span>'
        f'<span class="when">{marks.ago(told.at)}</span></li>'
    )
