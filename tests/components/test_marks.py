"""Marks say the right words, in both languages, and never let markup through."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation
from django.utils.html import strip_tags

from opora.desk.web.components import marks

AT = datetime(2026, 9, 14, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "english", "russian"),
    [
        (0, "0 min", "0 мин"),
        (59 * 60, "59 min", "59 мин"),
        (3600, "1 h", "1 ч"),
        (4800, "1 h 20 min", "1 ч 20 мин"),
        (90000, "1 d 1 h", "1 д 1 ч"),
    ],
)
def test_it_says_a_span_in_two_units_at_most(seconds, english, russian):
    assert marks.span(seconds) == english
    with translation.override("ru"):
        assert marks.span(seconds) == russian


@pytest.mark.parametrize(
    ("minutes", "level", "words"),
    [
        (120, "calm", "2 h left"),
        (10, "soon", "10 min left"),
        (-5, "late", "5 min late"),
    ],
)
def test_it_shows_a_promise_by_colour_icon_and_word(minutes, level, words):
    shown = marks.time_left(AT + timedelta(minutes=minutes), at=AT)
    assert f'level="{level}"' in shown
    assert words in shown
    assert marks.CLOCK_ICONS[level] in shown


def test_it_warns_when_the_promise_says_so():
    assert 'level="soon"' in marks.time_left(AT + timedelta(hours=5), at=AT, warn=AT - timedelta(minutes=1))


def test_it_shows_nothing_where_nothing_is_promised():
    assert marks.time_left(None, at=AT) == ""


def test_it_escapes_names():
    assert "<b>" not in marks.avatar("<b>ad")
    assert "<i>" not in marks.state("new", "<i>")
    assert "<i>" not in marks.priority("low", "<i>")


def test_it_shows_moments_in_the_readers_zone():
    with timezone.override("Asia/Vladivostok"):
        assert ", 17:00" in marks.exact(AT)
    with timezone.override("Europe/Moscow"), translation.override("ru"):
        assert marks.exact(AT) == "14 сентября 2026, 10:00"


def test_it_says_the_day_of_a_period_once_in_the_readers_zone():
    later = AT + timedelta(hours=8)
    with timezone.override("Europe/Moscow"), translation.override("ru"):
        assert strip_tags(marks.period(AT, later)) == "14 сентября 2026, 10:00 – 18:00"
    with timezone.override("Asia/Vladivostok"):
        assert strip_tags(marks.period(AT, later)) == "14 September 2026, 17:00 – 15 September 2026, 01:00"
    assert strip_tags(marks.period(AT, None)) == strip_tags(marks.exact_time(AT))
    assert marks.period(None, None) == ""
