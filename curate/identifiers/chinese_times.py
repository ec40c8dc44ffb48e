"""Chinese text, plain and simplified -> dates finer than a year, ages over 89"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curate.identifiers.kinds import Found

_YEAR = r"(?:1[89]|20)\d\d"
_MONTH = r"(?:1[0-2]|0?[1-9])"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_CN_YEAR = r"[一二][〇零○Oo0一二三四五六七八九]{3}"
_CN_MONTH = r"(?:十[一二]?|[一二三四五六七八九]|正|元|腊)"
_CN_DAY = r"(?:三十一?|二?十[一二三四五六七八九]?|廿[一二三四五六七八九]?|初[一二三四五六七八九十]|[一二三四五六七八九])"
_TO = r"[ ]?(?:至|到|~|-|—|、|及|和)[ ]?"
_DATE = re.compile(
    rf"""(?<![\d.])(?:
        {_YEAR}[ ]?年[ ]?{_MONTH}[ ]?月(?:份|上旬|中旬|下旬|初|底
        |末)?(?:[ ]?{_DAY}(?:{_TO}{_DAY})?[ ]?[日号])?(?:{_TO}(?:{_MONTH}[ ]?月[ ]?)?{_DAY}[ ]?[日号])?
      | {_YEAR}(?P<mark>[-./])(?:{_MONTH})(?P=mark)(?:{_DAY})(?![\d./])
      | {_YEAR}[./-]{_MONTH}(?=[ ]?(?:月|[因入出行就在于,，、]))
      | (?:'|’)?\d\d[ ]?年[ ]?{_MONTH}[ ]?月[ ]?{_DAY}[ ]?[日号]
      | {_MONTH}[ ]?月[ ]?{_DAY}(?:{_TO}(?:{_MONTH}[ ]?月[ ]?)?{_DAY})?[ ]?[日号]
      | {_MONTH}[ ]?月(?:份|上旬|中旬|下旬)(?!龄)
      | {_DAY}/{_MONTH}/{_YEAR}(?![\d/])
    )
    | (?:去|今|前|本|同|当|次|翌|昨)年[ ]?{_MONTH}[ ]?月(?!龄)(?:[ ]?{_DAY}[ ]?[日号])?
    | (?:本|上|下|当)月[ ]?{_DAY}[ ]?[日号]
    | {_CN_YEAR}年{_CN_MONTH}月(?:{_CN_DAY}[日号]?)?
    | (?<![\d一二三四五六七八九十个第]){_CN_MONTH}月{_CN_DAY}[日号]
    | (?:农历|阴历)(?:{_CN_YEAR}年)?{_CN_MONTH}月{_CN_DAY}?
    | (?:民国|昭和|平成|令和)[ ]?(?:\d{{1,3}}|[一二三四五六七八九十]{{1,3}})年[ ]?{_MONTH}[ ]?月(?:[ ]?{_DAY}[ ]?日)?""",
    re.VERBOSE,
)
_SOLID = re.compile(rf"(?:日期|时间|生日|出生|生于|日)[: ]{{0,3}}(?P<date>{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\d)")
_WHEN = re.compile(rf"(?:日期|时间|于|在|生日)[: ]{{0,3}}(?P<date>{_MONTH}[-/.]{_DAY})(?![\d./%-])(?=[日 ,，。;；因入出行就在复检查]|$)")
_OLD = r"(?:9\d|1[0-3]\d)"
_CN_OLD = r"(?:九十[一二三四五六七八九]?|一百(?:零|〇)?[一二三四五六七八九]?(?:十[一二三四五六七八九]?)?)"
_AGE = re.compile(
    rf"""(?<![\d.~至到—-])(?<!\d岁)(?:(?P<age>{_OLD})[ ]?(?:多|余|周|虚)?[ ]?岁(?![~至到—-]) | (?P<words>{_CN_OLD})(?:多|余|周|虚)?岁
      | (?:年龄|岁数|享年|终年|年届|高龄)[: ]{{0,3}}(?P<field>{_OLD}|{_CN_OLD})(?![\d.%~—-])
      | [男女][, /]{{0,2}}(?P<short>{_OLD})[ ]?[yY]?(?=[,，。;；\s)]|$))""",
    re.VERBOSE,
)


def found(text: str) -> Iterator[Found]:
    """Dates; the numbers of ages over 89. Spans of age (60~90岁) are of no person."""
    if "月" in text or any(map(str.isdigit, text)):
        yield from (Found(*match.span(), "date") for match in _DATE.finditer(text))
        for pattern in (_SOLID, _WHEN):
            yield from (Found(*match.span("date"), "date") for match in pattern.finditer(text))
    for match in _AGE.finditer(text):
        yield Found(*match.span(match.lastgroup or 0), "age")
