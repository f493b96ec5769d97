"""Clear free text of patient data: what is known of this patient, and what looks like patient data.

Known are the values of the file's own identifying tags and what the sender gave as reference. Looking like it are
dates, long numbers, e-mail addresses, names behind a title and values behind words such as "MRN". A name in the
middle of a sentence that no tag holds cannot be recognised: the README says so.

A date identifies also without its year; a year alone does not (US 45 CFR 164.514(b)(2)(i)(C)). "3/12" is a date only
behind a word that dates are behind, for it may be a score. A number is long from five digits, and from seven where
spaces group it, unless a unit follows: that is a row of measurements.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

REMOVED = "[removed]"

_MONTH = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz?|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?"
    r"|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?)\b\.?"
)
_WORD = r"[A-ZÄÖÜÉ](?:[\w'^-]+|\.)"
_NAME = rf"{_WORD}(?:,?\s+{_WORD})*"
_PARTICLE = r"(?:(?:van|von|vom|zu|de|der|den|del|della|di|da|la|le|el|al|bin)\s+)*"
_TITLE = r"(?:[Mm]rs?|Ms|[Mm]iss|[Dd]r|[Pp]rof|Herrn?|Frau|Mme|Mlle|Señora?|Sra?)"
# In capitals they are also modalities: "MR Brain" is an examination, "MR BRAIN" may be a person.
_CAPITAL_TITLE = r"(?:MRS?|MS|MISS|DR|PROF|HERRN?|FRAU)"
_NUMBERED = r"(?:mrn|pid|ssn|nhs|dob|accession|patient\s+(?:id|number|no))"
_KEY = r"(?:id|born|acc|patient\s+name|name|tel|phone|room|bed)"
_DATED = (
    r"(?:on|since|until|till|before|after|dated?|seen|admitted|discharged|am|vom|seit"
    r"|(?:ct|mri|x-?rays?|cxr|films?|radiographs?|exam(?:ination)?|scan|study)\s+(?:of|from))"
)
_DAY, _NUMBER_OF_MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_NO_YEAR = rf"(?:{_DAY}/{_NUMBER_OF_MONTH}|{_NUMBER_OF_MONTH}/{_DAY}|{_DAY}\.{_NUMBER_OF_MONTH}\.)(?![\d/])"
_UNIT = r"(?:mm|cm|ml|l|mg|g|kg|mmhg|bpm|years?|%)"
_NO_YEARS = r"(?!(?:19|20)\d\d-(?:19|20)\d\d(?![\w-]))"  # "2015-2019"

_PATTERNS = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b", re.IGNORECASE),
        (r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:T[\d:.]+)?\b", 0),
        (r"\b\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})\b", 0),
        (rf"\b\d{{1,2}}\.?\s+{_MONTH}\s+\d{{2,4}}\b", re.IGNORECASE),
        (rf"\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}\b", re.IGNORECASE),
        (rf"\b{_MONTH},?\s+(?:19|20)\d\d\b", re.IGNORECASE),
        # Without a year: a month's name with a capital, for "may 3" is no date; digits behind a word that says so.
        (rf"\b\d{{1,2}}(?:st|nd|rd|th)?\.?\s+(?:of\s+)?(?=[A-Z])(?i:{_MONTH})", 0),
        (rf"(?=\b[A-Z])\b(?i:{_MONTH})\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?!\s*{_UNIT})", 0),
        (rf"(?P<kept>\b{_DATED}:?\s+(?:the\s+)?){_NO_YEAR}", re.IGNORECASE),
        (r"\b(?:tel|phone|mobile|fax)\b\.?(?:\s+is\b|\s+no\b\.?)?[\s:#=]*\+?\d(?:[ ()/-]{0,2}\d)+", re.IGNORECASE),
        (rf"\b(?i:{_NUMBERED})\s*(?:[:#=]|\bis\b|\bno\b\.?)?\s*[\w-]*\d[\w/.-]*\b", 0),
        # A key with a colon, number sign or "is" before its value; the value is a number, or capitalised words.
        (rf"\b(?i:{_KEY}|{_NUMBERED})\s*(?:[:#=]|\bis\b|\bno\b\.?)\s*(?:[\w-]*\d[\w/.-]*\b|{_NAME})", 0),
        (rf"\b(?i:patient)\s*[:=]\s*{_NAME}", 0),  # and not "patient is 65", nor "patient: 65 y/o"
        (rf"\b{_TITLE}\b\.?\s+{_PARTICLE}{_WORD}(?:\s+{_WORD}){{0,2}}", 0),
        (rf"\b{_CAPITAL_TITLE}\b\.?\s+[A-ZÄÖÜÉ'-]{{2,}}\b", 0),
        (r"\b[A-Z]{1,4}-?\d{4,}\b", 0),
        # Record numbers and telephones: no measurement on a film has five digits, but a row of them has.
        (r"(?<![\w.])(?:\+|0)\d(?:[ -]?\d){4,}(?![\w.]\d)", 0),
        (rf"(?<![\w.]){_NO_YEARS}\d(?:-?\d){{4,}}(?![\w.]\d)", 0),
        (rf"(?<![\w.]){_NO_YEARS}\d(?:[ -]?\d){{6,}}+(?![\w.]\d)(?!\s*(?i:{_UNIT})(?!\w))", 0),
    )
)


def printable(text: str) -> str:
    """Return the text without control characters, tabs and line ends excepted, and without halves of characters.

    Databases refuse some of them, and a lone surrogate is no UTF-8.
    """
    return "".join(letter for letter in text if letter in "\t\n\r" or unicodedata.category(letter) not in {"Cc", "Cs"})


def scrub(text: str, identifiers: Iterable[str] = ()) -> str:
    """Return the text with every identifier, date, long number, address and titled name replaced by "[removed]".

    An identifier counts where it stands as a word of its own, whatever its case; a DICOM name ("DOE^JANE") counts as
    a whole and in each of its parts of two letters and more.
    """
    for word in sorted(_words(identifiers), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", REMOVED, text, flags=re.IGNORECASE)
    for pattern in _PATTERNS:
        text = pattern.sub(_removed, text)
    return text


def _removed(match: re.Match[str]) -> str:
    return (match.groupdict().get("kept") or "") + REMOVED


def _words(identifiers: Iterable[str]) -> set[str]:
    whole = {identifier.strip() for identifier in identifiers}
    parts = {part for value in whole for part in re.split(r"[\^=,\s]+", value)}
    return {word for word in whole | parts if len(word) > 1}
