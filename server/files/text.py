"""Text as people type it, made comparable: one form of accents, one kind of space; folding; the Vietnamese order."""

import re
import unicodedata
from functools import lru_cache

from server.ceremony.roster import fold

__all__ = ["clean", "clean_lines", "fold", "vietnamese_order"]

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_LETTER_RANK = {letter: rank for rank, letter in enumerate(_LETTERS)}
_LETTER_MARKS = {"\u0306", "\u0302", "\u031b"}
"""Breve, circumflex, horn: they make another letter (ă, â, ơ), not a tone."""
_TONE_RANK = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
"""Huyền, hỏi, ngã, sắc, nặng; without a mark: 0."""
_PARTS = re.compile(r"\d+|.", re.DOTALL)
_SPACE, _SIGN, _DIGITS, _LETTER, _OTHER = range(5)

OrderKey = tuple[tuple[tuple[int, int], ...], tuple[int, ...], tuple[int, ...], str]


def clean(text: str) -> str:
    """The text in NFC, without invisible characters, every run of white space one space, none at the ends.

    Files typed on a Mac or saved in the code page 1258 carry accents as separate characters; after `clean` they are equal to
    those of everybody else.
    """
    return " ".join(unicodedata.normalize("NFC", text.translate(_INVISIBLE)).split())


def clean_lines(text: str) -> str:
    """As `clean`, line by line: words that are read aloud keep their lines."""
    lines = [clean(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return "\n".join(lines).strip("\n")


@lru_cache(maxsize=16_384)
def vietnamese_order(text: str) -> OrderKey:
    """Sort key in the order of Vietnamese dictionaries: a ă â b … d đ e ê …; among equal letters the tones
    ngang, huyền, hỏi, ngã, sắc, nặng; then lower case before upper. A number counts by its value: Khối 2 before Khối 10.

    Source: CLDR's tailoring for `vi` (common/collation/vi.xml). Why not a library: ops/decisions/0006-vietnamese-order.md.
    """
    primary: list[tuple[int, int]] = []
    tones: list[int] = []
    cases: list[int] = []
    for part in _PARTS.findall(unicodedata.normalize("NFC", text)):
        letter, tone = (part, 0) if part.isdigit() else _letter_and_tone(part)
        primary.append(_rank(letter))
        tones.append(tone)
        cases.append(int(part.isupper()))
    return tuple(primary), tuple(tones), tuple(cases), text


def _letter_and_tone(character: str) -> tuple[str, int]:
    """The letter in lower case with its letter mark, and the rank of its tone."""
    base, tone = "", 0
    for part in unicodedata.normalize("NFD", character.lower()):
        if part in _TONE_RANK:
            tone = _TONE_RANK[part]
        elif not unicodedata.combining(part) or part in _LETTER_MARKS:
            base += part
    return unicodedata.normalize("NFC", base), tone


def _rank(letter: str) -> tuple[int, int]:
    if letter.isspace():
        return _SPACE, 0
    if letter in _LETTER_RANK:
        return _LETTER, _LETTER_RANK[letter]
    if letter.isdecimal():
        return _DIGITS, int(letter)
    if letter.isalpha():
        return _OTHER, ord(letter[0])
    return _SIGN, ord(letter[0]) if letter else 0
