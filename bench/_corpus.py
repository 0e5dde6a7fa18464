"""The mail corpus: real letters with known answers, outside the project."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from house.environment import ROOT


@dataclass(frozen=True, slots=True)
class Case:
    """One letter, body or bundle, and what its source says is right."""

    id: str
    kind: str
    raw: bytes
    expect: dict[str, Any]


def folder() -> Path | None:
    """Where the corpus lies: OPORA_TEST_MAIL_CORPUS, else ../shared/mail-corpus from the checkout; None when it is not there."""
    place = Path(os.environ.get("OPORA_TEST_MAIL_CORPUS") or ROOT.parent / "shared" / "mail-corpus")
    return place if (place / "manifest.jsonl").is_file() else None


def cases(corpus: Path) -> list[Case]:
    """Every case."""
    lines = [json.loads(line) for line in (corpus / "manifest.jsonl").read_text().splitlines()]
    return [Case(one["id"], one["kind"], (corpus / one["raw_path"]).read_bytes(), one["expect"]) for one in lines]
