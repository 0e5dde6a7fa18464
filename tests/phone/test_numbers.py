"""Numbers as exchanges write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from opora.desk.channels.phone.parsing import in_e164, is_extension


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("84951234567", "RU", "+74951234567"),
        ("+7 (495) 123-45-67", "RU", "+74951234567"),
        ("74951234567", "RU", "+74951234567"),
        (" 74951234567", "RU", "+74951234567"),
        ("4951234567", "RU", "+74951234567"),
        ("9161234567", "RU", "+79161234567"),
        ("810 49 30 123456", "RU", "+4930123456"),
        ("77011234567", "RU", "+77011234567"),
        ("0074951234567", "RU", "+74951234567"),
        ("0049 30 123456", "DE", "+4930123456"),
        ("030 123456", "DE", "+4930123456"),
        ("sip:+74951234567@pbx.example", "RU", "+74951234567"),
        ("SIP:84951234567@10.0.0.1;user=phone", "RU", "+74951234567"),
        ("tel:+4930123456", "RU", "+4930123456"),
    ],
)
def test_it_writes_a_number_in_one_way(written: str, region: str, number: str) -> None:
    assert in_e164(written, region) == number


@pytest.mark.parametrize(
    "written",
    ["101", "20455", "anonymous", "Anonymous", "unknown", "", "sip:anonymous@x", "+00", "1" * 40, "abc", "\x00"],
)
def test_it_takes_nothing_else_for_a_number(written: str) -> None:
    assert in_e164(written, "RU") == ""


def test_it_knows_an_extension() -> None:
    assert is_extension("101")
    assert not is_extension("+101")
    assert not is_extension("123456")


@given(some.text(max_size=60), some.sampled_from(["RU", "DE", "US", "KZ"]))
def test_it_never_breaks_and_is_at_rest_after_once(written: str, region: str) -> None:
    number = in_e164(written, region)
    assert number == "" or (number[0] == "+" and number[1:].isdecimal() and in_e164(number, region) == number)
