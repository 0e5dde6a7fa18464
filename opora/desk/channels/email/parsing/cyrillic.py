"""Which of the old Russian charsets unlabelled octets are in, by how often each letter occurs in Russian. Small samples suffice.

General guessers fail on short words: a subject of one word looks like Chinese to them.
"""

import math
import re

CANDIDATES = ("cp1251", "koi8_u", "cp866", "iso8859_5")
SAMPLE = 2000

_PER_MILLE = {
    "о": 109, "е": 84, "а": 80, "и": 74, "н": 67, "т": 63, "с": 55, "р": 47, "в": 45, "л": 44, "к": 35, "м": 32, "д": 30, "п": 28,
    "у": 26, "я": 20, "ы": 19, "ь": 17, "г": 17, "з": 16, "б": 16, "ч": 14, "й": 12, "х": 10, "ж": 9, "ш": 7, "ю": 6, "ц": 5,
    "щ": 4, "э": 3, "ф": 3, "ъ": 1, "ё": 2, "і": 9, "ї": 3, "є": 3, "ґ": 1,
}  # fmt: skip
_WEIGHT = {letter: math.log(share / 1000) for letter, share in _PER_MILLE.items()}
_WEIGHT |= {letter.upper(): weight for letter, weight in _WEIGHT.items()}
_SIGNS = frozenset("«»–—№…“”„’‘•·\xa0©®°±")
_WORD = re.compile(r"\w*[^\W\d_a-zA-Z]\w*")
_STRANGE_CASE = re.compile(r"[а-яёіїєґ][А-ЯЁІЇЄҐ]|^[А-ЯЁІЇЄҐ]{2,}[а-яёіїєґ]")
_MIXED = re.compile(r"[a-zA-Z]")
GOOD_ENOUGH = -4.05
SURELY, MUCH, LETTERS_NEEDED = -3.3, 0.8, 12


def guess_cyrillic(raw: bytes) -> str:
    """The likeliest charset, "" when the octets do not look Russian in any."""
    sample = raw[:SAMPLE]
    score, best = max((_score(sample, codec), codec) for codec in CANDIDATES)
    return best if score > GOOD_ENOUGH else ""


def mislabelled_cyrillic(raw: bytes, declared: str) -> str:
    """The charset that Russian octets are in rather than in the `declared` one of the CANDIDATES; "" when that may be right."""
    sample = raw[:SAMPLE]
    if sum(octet > 127 for octet in sample) < LETTERS_NEEDED or (said := _score(sample, declared)) > SURELY:
        return ""
    score, best = max((_score(sample, codec), codec) for codec in CANDIDATES)
    return best if score > SURELY and score - said > MUCH else ""


def _score(sample: bytes, codec: str) -> float:
    """The mean weight of the letters, less for what Russian words do not do; about -3 for Russian, -4 and less for noise."""
    text = sample.decode(codec, "replace")
    letters = [_WEIGHT[sign] for sign in text if sign in _WEIGHT]
    strange = sum(sign > "\x7f" and sign not in _WEIGHT and sign not in _SIGNS for sign in text)
    words = _WORD.findall(text)
    if not letters or max(map(len, words), default=0) < 2:
        return -99.0
    odd = sum(bool(_STRANGE_CASE.search(word)) for word in words)
    mixed = sum(bool(_MIXED.search(word)) for word in words)
    small = sum(sign.islower() for sign in text if sign in _WEIGHT) / len(letters)
    return sum(letters) / len(letters) - 3.0 * (strange + odd + mixed) / len(words) + 0.1 * small
