"""The Russian catalogues are complete, and every way of being incomplete is seen."""

from pathlib import Path

import pytest

from house.translations import lacking, update

HEAD = 'msgid ""\nmsgstr ""\n"Language: ru\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
HEAD += '"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 ? 1 : 2);\\n"\n\n'
CODE = "from django.utils.translation import gettext_lazy as _, ngettext\nname = _('Open')\n"
TEMPLATE = "{% load i18n %}{% translate 'Your requests' %}{% blocktranslate %}until {{ day }}{% endblocktranslate %}"
WORDS = {"Open": "Открыта", "Your requests": "Ваши заявки", "until %(day)s": "до %(day)s"}


def program(folder: Path, words: dict[str, str], *, extra: str = "", code: str = CODE) -> Path:
    """A tiny program with one app, its sources and its catalogue of `words`."""
    app = folder / "desk" / "tickets"
    catalogue = app / "locale/ru/LC_MESSAGES/django.po"
    for path, text in {
        app / "apps.py": "",
        app / "models.py": code,
        app / "templates/tickets/list.html": TEMPLATE,
        catalogue: HEAD + "\n\n".join(f'msgid "{k}"\nmsgstr "{v}"' for k, v in words.items()) + "\n\n" + extra,
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_it_lacks_nothing_in_russian() -> None:
    assert list(lacking(Path(__file__).resolve().parents[2] / "opora", "ru")) == []


def test_it_is_content_with_a_whole_catalogue(tmp_path: Path) -> None:
    top = program(tmp_path, WORDS)
    update(top, "ru")
    assert list(lacking(top, "ru")) == []


@pytest.mark.parametrize("phrase", WORDS)
def test_it_names_a_phrase_that_no_catalogue_has(phrase: str, tmp_path: Path) -> None:
    top = program(tmp_path, {key: word for key, word in WORDS.items() if key != phrase})
    assert any(f"no catalogue of ru has {phrase!r}" in trouble for trouble in lacking(top, "ru"))


@pytest.mark.parametrize(
    ("extra", "trouble"),
    [
        ('msgid "Close"\nmsgstr ""', "not translated: 'Close'"),
        ('#, fuzzy\nmsgid "Close"\nmsgstr "Открыть"', "fuzzy: 'Close'"),
        ('msgid "by %(name)s"\nmsgstr "автор %(nome)s"', "other placeholders than the original's: 'by %(name)s'"),
        (
            'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "%(n)s день"\nmsgstr[1] "%(n)s дня"\nmsgstr[2] ""',
            "not translated: '%(n)s day'",
        ),
    ],
)
def test_it_names_what_is_not_finished(extra: str, trouble: str, tmp_path: Path) -> None:
    assert any(trouble in found for found in lacking(program(tmp_path, WORDS, extra=extra), "ru"))


def test_it_sees_that_the_compiled_catalogue_is_an_old_one(tmp_path: Path) -> None:
    top = program(tmp_path, WORDS)
    update(top, "ru")
    program(tmp_path, WORDS | {"Open": "Новая"})
    assert any("not compiled from it" in trouble for trouble in lacking(top, "ru"))


def test_it_brings_new_phrases_in_and_lets_old_ones_go(tmp_path: Path) -> None:
    top = program(tmp_path, {"Open": "Открыта", "Nobody says this": "Этого никто не говорит"})
    update(top, "ru")
    text = (top / "desk/tickets/locale/ru/LC_MESSAGES/django.po").read_text()
    assert 'msgid "Your requests"' in text
    assert "Nobody says this" not in text
    assert 'msgstr "Открыта"' in text


def test_it_sees_two_rooms_translate_one_phrase_differently(tmp_path: Path) -> None:
    top = program(tmp_path, WORDS)
    other = top / "desk/people/locale/ru/LC_MESSAGES/django.po"
    other.parent.mkdir(parents=True)
    other.write_text(HEAD + 'msgid "Open"\nmsgstr "Открыть"\n', encoding="utf-8")
    assert any("'Open' has other words in" in trouble for trouble in lacking(top, "ru"))
