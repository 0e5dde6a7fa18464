"""The agreement as gateway and signer read it: one reading only, or none."""

import json
from typing import Any

import pytest

from opora.evidence.frames import canonical
from opora.gateway.agreements import Agreement, Unreadable, moment
from tests.gateway.recordings import STARTED, agreement_text

TOLD: dict[str, Any] = json.loads(agreement_text())
HOST = TOLD["hosts"][0]


def test_it_reads_what_the_customer_confirmed() -> None:
    agreement = Agreement.from_text(agreement_text())
    assert (agreement.begins, agreement.ends) == (STARTED, STARTED + 7200 * 10**9)
    assert agreement.engineers == {2: "Boris"} and agreement.hosts[0].port == 22
    assert not agreement.is_open(agreement.begins - 1) and agreement.is_open(agreement.begins)
    assert agreement.is_open(agreement.ends - 1) and not agreement.is_open(agreement.ends)


@pytest.mark.parametrize(
    "changed",
    [
        {"hosts": [HOST, {**HOST, "address": "10.6.6.6"}]},
        {"hosts": [{**HOST, "system": True}]},
        {"hosts": [{**HOST, "system": "7"}]},
        {"hosts": [{**HOST, "port": 0}]},
        {"hosts": [{**HOST, "port": "22"}]},
        {"hosts": [{**HOST, "login": ["root"]}]},
        {"hosts": [{**HOST, "host_keys": [5]}]},
        {"engineers": [{"id": "2", "name": "Boris"}]},
        {"engineers": [{"id": True, "name": "Boris"}]},
        {"engineers": [{"id": 2, "name": "Boris"}, {"id": 2, "name": "Mallory"}]},
        {"retention_years": 0},
        {"retention_years": -5},
        {"retention_years": "10"},
        {"window": {"from": "2026-09-14T07:00:00", "until": "2026-09-14T09:00:00Z"}},
        {"window": {"from": "2026-09-14T07:00:00Z", "until": "2026-09-14T09:00:00-12:00"}},
        {"window": {"from": "2026-W38-1T07:00:00Z", "until": "2026-09-14T09:00:00Z"}},
        {"level": ["superuser"]},
        {"watching": "never"},
    ],
)
def test_it_reads_nothing_that_two_readers_could_read_differently(changed: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        Agreement.from_text(canonical({**TOLD, **changed}).decode())


@pytest.mark.parametrize(
    "text",
    [
        agreement_text()[:-1] + ',"level":"superuser"}',
        agreement_text().replace('"level":"superuser"', '"level":"look","level":"superuser"'),
        agreement_text().replace('"id":2', '"id":2.9'),
        agreement_text().replace('"retention_years":10', '"retention_years":NaN'),
        " " + agreement_text(),
        "[" * 100_000,
        "null",
        "",
    ],
)
def test_it_reads_one_spelling_only(text: str) -> None:
    with pytest.raises(Unreadable):
        Agreement.from_text(text)


def test_a_name_written_otherwise_is_another_name() -> None:
    composed, taken_apart = "\u00e9db", "e\u0301db"
    agreement = Agreement.from_text(canonical({**TOLD, "hosts": [{**HOST, "name": composed}]}).decode())
    assert agreement.host(composed) is not None and agreement.host(taken_apart) is None


def test_a_moment_has_one_spelling() -> None:
    assert moment("2026-09-14T07:00:00.000001Z") == STARTED + 1000
    for other in ("2026-09-14T07:00:00+00:00", "2026-09-14 07:00:00Z", "2026-09-14T24:00:00Z", "2026-02-30T07:00:00Z"):
        with pytest.raises(ValueError, match=r".+"):
            moment(other)
