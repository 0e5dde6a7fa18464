"""Letters spoilt in every way time and programs know: none may crash the reading, stall it, or give what cannot be stored.

Each spoilt letter follows from its number alone, so that a run can be taken up where it was left (`--progress FILE`), and a
number that failed can be read again (`--only NUMBER`). The first fifth is cut off at every k-th octet. Takes the letters of
the corpus (OPORA_TEST_MAIL_CORPUS, else ../shared/mail-corpus beside the checkout) if it is there, and those of the tests.
"""

import argparse
import json
import random
import sys
import time
from pathlib import Path

from bench._corpus import folder
from opora.desk.channels.email.parsing import read_letter
from opora.desk.channels.email.parsing.telling import as_facts
from tests.email.samples import mutated, samples

SLOW = 1.0
SEED = 20260914


def main() -> int:
    """Print what failed; exit 1 if anything did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=200_000, help="spoilt letters (default 200,000)")
    parser.add_argument("--progress", type=Path, help="file that remembers how far a run came")
    parser.add_argument("--only", type=int, help="read only the letter of this number, and show its trace")
    options = parser.parse_args()
    letters = seeds()
    if options.only is not None:
        read(spoilt(options.only, options.letters, letters))
        return 0
    done, bad = _taken_up(options.progress)
    for number in range(done, options.letters):
        if trouble := judged(spoilt(number, options.letters, letters)):
            bad.append(f"{number}: {trouble}")
            print(bad[-1], flush=True)
        if number % 5000 == 4999:
            print(f"{number + 1:,} letters, {len(bad)} failed", file=sys.stderr, flush=True)
            if options.progress:
                options.progress.write_text(json.dumps({"done": number + 1, "bad": bad}))
    print(
        f"{options.letters:,} spoilt letters out of {len(letters)}: {len(bad)} crashed, stalled or could not be stored"
    )
    return 1 if bad else 0


def seeds() -> list[bytes]:
    """The letters that are spoilt."""
    corpus = folder()
    if corpus is None:
        print("the mail corpus is not there: only the letters of the tests are spoilt", file=sys.stderr)
        return samples()
    return samples() + [path.read_bytes() for path in sorted((corpus / "raw").rglob("*")) if path.is_file()]


def spoilt(number: int, of: int, letters: list[bytes]) -> bytes:
    """The letter of this number."""
    cuts = of // 5
    if number < cuts:
        letter = letters[number % len(letters)]
        step = max(1, len(letter) * len(letters) // cuts)
        return letter[: (number // len(letters) * step) % (len(letter) + 1)]
    return mutated(random.Random(SEED + number), letters)


def judged(raw: bytes) -> str:
    """What is wrong with the reading of these octets; "" when nothing."""
    began = time.process_time()
    try:
        read(raw)
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:200]
    spent = time.process_time() - began
    return f"took {spent:.2f} s for {len(raw)} octets" if spent > SLOW else ""


def read(raw: bytes) -> None:
    """Read, and make sure that it can be stored and told. Raises whatever the reading raised."""
    told = json.dumps(as_facts(read_letter(raw)), ensure_ascii=False)
    told.encode()
    if "\\u0000" in told:
        raise ValueError("NUL in the answer")


def _taken_up(progress: Path | None) -> tuple[int, list[str]]:
    if progress is None or not progress.exists():
        return 0, []
    kept = json.loads(progress.read_text())
    return kept["done"], kept["bad"]


if __name__ == "__main__":
    sys.exit(main())
