"""Keeps the Russian catalogues: brings new phrases in, compiles them, and says what is missing.

`bin/translate` changes the catalogues of each app's `locale/` folder; `--check` only looks and fails on anything missing.
The sources are English, so English needs no catalogue.
"""

import gettext
import io
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from house.environment import ROOT
from house.phrases import Phrase, all_phrases, all_words

LANGUAGES = ("ru",)
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%[sd]|\{\w*\}")


def main(arguments: list[str]) -> int:
    """Checks or mends every catalogue; the exit status is 0 when none lacks anything."""
    top = ROOT / "opora"
    if "--check" not in arguments:
        for language in LANGUAGES:
            update(top, language)
    troubles = [trouble for language in LANGUAGES for trouble in lacking(top, language)]
    print("\n".join(troubles) or "every phrase is translated and compiled")
    return 1 if troubles else 0


def catalogues(top: Path, language: str) -> dict[Path, Catalog]:
    """Each app's catalogue by its .po file."""
    found = sorted(top.rglob(f"locale/{language}/LC_MESSAGES/django.po"))
    return {path: read_po(io.BytesIO(path.read_bytes()), locale=language) for path in found}


def lacking(top: Path, language: str) -> Iterator[str]:
    """Everything that keeps the catalogues from being complete, one line each."""
    kept = catalogues(top, language)
    known = {(m.context, _single(m)) for catalogue in kept.values() for m in catalogue if m.id}
    seen: set[tuple[str | None, str]] = set()
    for phrase in all_phrases(top):
        if phrase.key not in known | seen:
            seen.add(phrase.key)
            yield f"{phrase.place}: no catalogue of {language} has {phrase.id!r}"
    for path, catalogue in kept.items():
        for trouble in [*unfinished(catalogue), *stale(path, catalogue)]:
            yield f"{_short(path)}: {trouble}"
    yield from quarrels(kept)


def unfinished(catalogue: Catalog) -> Iterator[str]:
    """Phrases without words, with words nobody confirmed, or with other placeholders than the original's."""
    for message in catalogue:
        if not message.id:
            continue
        forms = [message.string or ""] if isinstance(message.string, str | None) else list(message.string)
        wanted = catalogue.num_plurals if message.pluralizable else 1
        if message.fuzzy:
            yield f"fuzzy: {_single(message)!r}"
        elif len(forms) != wanted or not all(forms):
            yield f"not translated: {_single(message)!r}"
        elif not all(_same_holes(message.id, form) for form in forms):
            yield f"other placeholders than the original's: {_single(message)!r}"


def _same_holes(original: str | Sequence[str], form: str) -> bool:
    """A plural form may leave a number out ("one letter"), but never bring a placeholder nobody fills."""
    if isinstance(original, str):
        return set(PLACEHOLDER.findall(form)) == set(PLACEHOLDER.findall(original))
    return set(PLACEHOLDER.findall(form)) <= set(PLACEHOLDER.findall(" ".join(original)))


def stale(path: Path, catalogue: Catalog) -> Iterator[str]:
    """Says when the compiled catalogue is not that of the written one."""
    compiled = path.with_suffix(".mo")
    if not compiled.exists() or _content(compiled.read_bytes()) != _content(_compile(catalogue)):
        yield "the .mo beside it is not compiled from it (run bin/translate)"


def quarrels(kept: dict[Path, Catalog]) -> Iterator[str]:
    """Phrases that two catalogues translate differently: Django would take whichever comes first."""
    chosen: dict[object, tuple[object, Path]] = {}
    for path, catalogue in kept.items():
        for message in catalogue:
            if not message.id or not message.string:
                continue
            string, first = chosen.setdefault((message.context, _single(message)), (message.string, path))
            if string != message.string:
                yield f"{_short(path)}: {_single(message)!r} has other words in {_short(first)}"


def update(top: Path, language: str) -> None:
    """Brings new phrases into their app's catalogue, drops those nobody says any more, and compiles."""
    by_app: dict[Path, list[Phrase]] = {}
    for phrase in all_phrases(top):
        by_app.setdefault(phrase.app, []).append(phrase)
    kept = catalogues(top, language)
    said = {phrase.id for phrases in by_app.values() for phrase in phrases} | all_words(top)
    known = {(m.context, _single(m)) for catalogue in kept.values() for m in catalogue if m.id}
    changed: set[Path] = set()
    for app, phrases in by_app.items():
        path = app / "locale" / language / "LC_MESSAGES" / "django.po"
        new = {phrase.key: phrase for phrase in phrases if phrase.key not in known}
        if new and path not in kept:
            kept[path] = Catalog(locale=language, project="Opora", fuzzy=False)
        for phrase in new.values():
            both = (phrase.id, phrase.plural) if phrase.plural else phrase.id
            kept[path].add(both, context=phrase.context)
        known |= set(new)
        changed |= {path} if new else set()
    for path, catalogue in kept.items():
        gone = [m for m in catalogue if m.id and _single(m) not in said]
        for message in gone:
            catalogue.delete(message.id, message.context)
        if gone or path in changed:
            _write(path, catalogue)
        if any(stale(path, catalogue)):
            path.with_suffix(".mo").write_bytes(_compile(catalogue))


def _write(path: Path, catalogue: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.BytesIO()
    write_po(text, catalogue, omit_header=True, width=120, no_location=True)
    head = path.read_text(encoding="utf-8").partition("\n\n")[0] if path.exists() else _head(catalogue)
    path.write_text(f"{head}\n\n{text.getvalue().decode().strip()}\n", encoding="utf-8")


def _head(catalogue: Catalog) -> str:
    lines = ["Project-Id-Version: Opora", f"Language: {catalogue.locale_identifier}", "MIME-Version: 1.0"]
    lines += ["Content-Type: text/plain; charset=UTF-8", "Content-Transfer-Encoding: 8bit"]
    lines.append(f"Plural-Forms: {catalogue.plural_forms}")
    return "\n".join(['msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in lines)])


def _compile(catalogue: Catalog) -> bytes:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    return compiled.getvalue()


def _content(compiled: bytes) -> dict[object, str]:
    read = gettext.GNUTranslations(io.BytesIO(compiled))
    return {key: text for key, text in vars(read)["_catalog"].items() if key}


def _single(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
