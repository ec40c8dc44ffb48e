"""text -> telephone and fax numbers in it

Shapes that only telephone numbers have are found anywhere (+49 30 1234567, (212) 555-0123, 020 7946 0958, 13812345678); shapes that
ranges, lists and counts share (555-1234, 98765432) only behind a word that announces one. Emergency numbers (911, 120) are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curate.identifiers.kinds import Found, Kind

# Most digits after the country code (ITU-T E.164 and national plans), so that a number does not go on into the next.
_LONGEST = {"1": 10, "7": 10, "33": 9, "34": 9, "44": 10, "61": 9, "81": 10, "86": 11, "91": 10}
_LONGEST_ELSE = 11
_START = r"(?<![\w+])(?<!\d[.,/\-])"
_END = r"(?!\w)(?![.,]\d)(?!-\d)"
_SHAPE = re.compile(
    rf"""{_START}(?:
        (?P<world>\+\(?\d(?:[ ().\-/]{{0,3}}\d){{6,19}})            # +49 (0)30 1234567; cut to length below
      | (?:\(?1\)?[ .\-]{{0,2}})?(?:\(\d{{3}}\)[ ]{{0,2}}-?|\d{{3}}-)[ ]?\d{{3}}[ ]?-[ ]?\d{{4}}{_END}    # (212) 555-0123
      | (?:1[ .\-]{{0,2}})?(?:\([2-9]\d\d\)[ .\-]{{0,2}}|[2-9]\d\d[ ./])[2-9]\d\d[ .\-]\d{{4}}{_END}        # 212.555.0123
      | (?P<free>1[ -]8\d\d[ -][A-Z][A-Z0-9]{{2,9}}(?:[ -][A-Z]{{2,5}})?)(?!\w)                             # 1-800-QUIT NOW
      | 1[3-9]\d(?:[ -]?\d{{4}}){{2}}{_END}                                                                 # 138 1234 5678 in China
      | 1[2-9]\d\d[2-9]\d{{6}}{_END}
      | [6-9]\d{{4}}[ ]\d{{3}}(?!00)\d\d{_END}                                                              # 98765 43210 in India
      | 07\d{{9}}{_END}
      | (?P<year>[2-9]\d\d[2-9]\d{{6}}){_END}                                                               # 2125550123
      | 0[1-9](?:\.\d\d){{4}}{_END}                                                                         # 01.23.45.67.89 in France
      | (?P<trunk>\(?0[1-9]\d{{0,4}}\)?[ /\-]{{1,3}}\d{{2,8}}(?:[ -]\d{{2,4}}){{0,4}}){_END}                # 020 7946 0958
      | (?P<abroad>00[1-9](?:[ ().\-/]{{0,3}}\d){{8,17}})
    )""",
    re.VERBOSE | re.ASCII,
)
_ROWS = re.compile(r"\d(?:[^\w\n]{0,3}\d){6}|1[ -]8\d\d[ -][A-Z]", re.ASCII)  # seven digits close together, or 1-800-WORD
_EXTENSION = re.compile(r"[ ,;]{0,2}(?:extension|extn?\.?|x|#|转|轉|分机)[ :]{0,2}\d{1,6}(?!\w)", re.IGNORECASE | re.ASCII)
_CUE = re.compile(
    r"""(?<![^\W\d_])(?:
        (?:tele)?(?:phone|fax)s? | tel\b | tele?fon[oe]?s? | t[ée]l(?:[ée]phone)?\b | fax\b | facsimile | mobile | mob\b[.:]
        | ph\b[.:]? | landline
      | cell(?:ular)?(?:[ ]?phone|\b[ ]?(?=[:#]|no|number)) | (?:my|his|her|your|their|on)[ ]cell | whats\s?app | viber
      | hot-?line | help-?line
      | toll-?[ ]?free | call(?:ing|ed|s)?\b | dial(?:ing|led|ed)?\b | contact(?:ed|ing|s)?\b | reach(?:ed|able)?\b
      | text(?:ed)?[ ](?:me|him|her|us|at|to)
      | r(?:ing|ang)\b | celular | m[óo]vil | handy(?:nummer)?
      ) | 电话 | 電話 | 手机 | 手機 | 联系方式 | 聯絡 | 座机 | 热线 | 传真 | 傳真 | 拨打 | 致电""",
    re.VERBOSE | re.ASCII,
)
_AFTER_CUE = re.compile(r"[.:]?[^\d\n.;:+(]{0,28}[.:]?\s{0,3}([+(]?\d(?:[ ().\-/]{0,2}\d){5,13})(?!\w)(?![.,%]\d)(?!\s?%)", re.ASCII)
_SHORT = re.compile(
    r"""(?<![^\W\d_])(?:
        (?:pager|beeper|bleep|paged?[ ](?:(?:me|him|her|us|them)[ ])?(?:at|on))(?:[ ]?(?:number|no\.?|id))?(?:[ ]is)?[ :\#.]{0,3}
      | extn?(?:\.[ ]?|:[ ]?|[ ]\#?|\#)
      | extension(?:[ ](?:number|no\.?)[ ]?|[ ]?[:\#][ ]?))(\d{3}-\d{4}|\d{3,6})(?!\w)(?![.,]\d)""",
    re.VERBOSE | re.ASCII,
)
_FAX = re.compile(r"(?:fax|facsimile|传真|傳真|(?<!\w)f:)[^\d\n]{0,28}$", re.ASCII)
_PUBLIC = re.compile(r"(?:isbn|issn|pmid|pmcid?|doi|grants?|awards?|cat(?:alog(?:ue)?)?|nct|isrctn|casent)[^\d\n]{0,12}$", re.ASCII)
_YEARS = re.compile(r"(?:19|20)\d\d[ ./-]{1,3}(?:19|20)\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|(?:19|20)\d\d([./-])\d{1,2}\1\d{1,2}(?:\D.*)?")
_COUNTS = re.compile(r"\d{1,3}(?: 000)+|\d{1,6}0 ?- ?\d{1,6}0|\d+\.\d+ ?- ?\d+\.\d+|(?:\d ){3,}\d")  # 4500-11000, 1 200 000
_UNIT = re.compile(r"\s?(?:[kmµμn]?[gmlL]\b|mm|cm|m?s\b|[kM]?Hz|°|x10|cells|patients|years|people|per\b|/)")


def telephones(text: str, lower: str) -> Iterator[Found]:
    """Phone and fax numbers with their extensions. The text is plain (plain.py), lower the same in lower case."""
    for match in _SHORT.finditer(lower):
        yield Found(match.start(1), match.end(1), "phone")
    if not _ROWS.search(text):
        return
    taken = 0
    for start, end in sorted({*_shaped(text, lower), *_announced(text, lower)}, key=lambda span: (span[0], -span[1])):
        if start < taken:
            continue
        extension = _EXTENSION.match(text, end)
        taken = extension.end() if extension else end
        yield Found(start, taken, _kind(lower, start))


def _shaped(text: str, lower: str) -> Iterator[tuple[int, int]]:
    for match in _SHAPE.finditer(text):
        start, end = match.span()
        row = match[0]
        if match["world"] or match["abroad"]:
            end = start + _cut(row)
        if match["trunk"] and not (9 <= _digits(row) <= 12 and not _YEARS.fullmatch(row)):
            continue
        if match["year"] and row[:2] in ("19", "20"):
            continue
        if end > start and not _PUBLIC.search(lower[max(start - 24, 0) : start]):
            yield start, end


def _announced(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Seven to fourteen digits that a word announces, if they are no date, no span of years, no count."""
    for cue in _CUE.finditer(lower):
        match = _AFTER_CUE.match(text, cue.end())
        if match is None or _digits(match[1]) < 7:
            continue
        if not (_YEARS.fullmatch(match[1]) or _COUNTS.fullmatch(match[1]) or _UNIT.match(text, match.end())):
            yield match.start(1) if _balanced(match[1]) else match.start(1) + 1, match.end(1)


def _kind(lower: str, start: int) -> Kind:
    return "fax" if _FAX.search(lower[max(start - 36, 0) : start]) else "phone"


def _cut(row: str) -> int:
    """How much of '+49 30 1234567 12' is one number: whole groups, as many digits as the country's numbers have; 0 if too few."""
    groups = list(re.finditer(r"\d+", row))
    code = next((digits for digits in ("1", "7") if groups[0][0].lstrip("0").startswith(digits)), groups[0][0].lstrip("0")[:2])
    room = _LONGEST.get(code, _LONGEST_ELSE) + len(code) + (2 if row.startswith("00") else 0) + (1 if "(0)" in row else 0)
    end = count = 0
    for group in groups:
        if count + len(group[0]) > room:
            break
        count += len(group[0])
        end = group.end()
    return end if count >= 8 and (row[0] == "+" or len(groups) > 1) else 0


def _digits(row: str) -> int:
    return sum(map(str.isdigit, row))


def _balanced(row: str) -> bool:
    return row[0] != "(" or ")" in row
