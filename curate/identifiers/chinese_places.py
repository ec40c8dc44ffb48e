"""Chinese text, plain and simplified -> addresses: streets and houses, and chains of places finer than a province that a person lives in

A city alone is none, nor is the place of an institution (北京市朝阳区人民医院).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curate.identifiers.kinds import Found

_HAN = "\u4e00-\u9fff"
_PROVINCES = (
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃"
    "|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
)
_PROVINCE = rf"(?:(?:{_PROVINCES})(?:省|市|(?:维吾尔|回族|壮族)?自治区|特别行政区)?)"
_PART = (
    r"(?:市|地区|自治州|州|盟|区|县|旗|镇|乡|街道|办事处|村|屯|社区|小区|新村|花园|家园|公寓|大厦|苑|庄园|胡同|大道|大街|路|街|巷"
    r"|弄|里|组|队)"
)
_CHAIN = re.compile(rf"(?:{_PROVINCE}|[{_HAN}]{{2,7}}?(?:市|自治州|地区|县|区))(?:[{_HAN}\d]{{1,10}}?{_PART}){{0,7}}")
_HOUSE = re.compile(
    r"[ ]?(?:[甲乙丙]?\d{1,5}(?:[-之]\d{1,4})?[ ]?(?:号楼?|弄|栋|幢|座|单元|室|层|楼|户|组|门|院|巷|队|房)[ ]?|[A-Za-z][座栋区][ ]?"
    r"|[东西南北中][区院座楼][ ]?|附\d{1,3}号|[一二三四五六七八九十]{1,2}段|(?<=[元栋幢座楼层])\d{2,4}(?![\d年月岁])"
    r"|[一二三四五六七八九十]{1,3}(?:号|栋|幢|单元|楼|层|组|队))"
)
_STREET = re.compile(rf"[{_HAN}]{{1,8}}?(?:路|街|大道|大街|巷|弄|胡同|道|里|村|小区|新村|花园|苑|公寓"
    rf"|大厦)(?=[ ]?[甲乙丙]?\d{{1,5}}(?:[-之]\d{{1,4}})?[ ]?(?:号|弄|栋|幢|座|单元|室|巷))")
_NO_STREET = re.compile(r"(?:尿|胆|通|旁|环|电|回|思|道|气|径|线|网|光|传导|入|管|消化|呼吸|生殖|泌尿|上|下|食|产|阴|肠|肛|听|隧|孔"
    r"|里|这|哪|那|管)(?:路|道|里)$")
_LIVES = re.compile(
    r"(?:(?:家庭|现|户籍|通讯|通信|联系|居住|工作|单位|户口|常住|暂住|详细|邮寄|收件)?(?:住址|地址|住地|所在地)|户籍地?|户口|籍贯"
    r"|出生地|家住|现住|居住[于在]|住[于在]|住(?=[\u4e00-\u9fff]{2,6}[省市县区])|暂住|来自|居于|祖籍|住处|原籍|家在)(?P<colon>[: ]{0,3})"
)
_FIELD = re.compile(rf"(?=[{_HAN}\dA-Za-z]{{0,40}}?[省市区县旗镇乡村路街道巷弄号室栋幢楼苑屯组])[{_HAN}\dA-Za-z（）()#＃-]{{3,50}}")
_FIELD_STOP = re.compile(r"邮编|邮政|电话|手机|联系|姓名|性别|职业|民族|入院|身份|出生|单位|婚姻|年龄|日期|病史|的(?!街)|因|患者|现病"
    r"|主诉|从事|务农|工作单位|于\d")
_INSTITUTION = re.compile(
    rf"[{_HAN}]{{0,12}}?(?:医院|卫生院|卫生所|诊所|医学|大学|学院|学校|中学|小学|中心|疾控|公安|法院|政府|人民|研究|公司|药|工厂|厂"
    rf"|局|协会|妇幼|保健|幼儿园|军区|战区|部队|第[一二三四五六七八九十])"
)
_POSTCODE = re.compile(r"(?:邮编|邮政编码|邮码)[: ]{0,3}(\d{6})(?!\d)")
_FINE = re.compile(r"(?:区|县|旗|镇|乡|街道|村|屯|社区|小区|花园|苑|路|街|巷|弄|胡同)$")
_VAGUE = re.compile(
    r"某|(?:地|病|院|厂|矿|牧|军|战|社|疫|灾|小|片|校|[省市县州](?:山|林|城|郊|市|园|农|库|渔))区$"
    r"|各|全市|本[市县区]|市区|我[市县区]|外[市县地]|同[市县区]|城区"
)


def found(text: str) -> Iterator[Found]:
    """Addresses: behind a word for one, as a chain with two levels under the province, as a street with a house number."""
    yield from (Found(*match.span(1), "address") for match in _POSTCODE.finditer(text))
    taken = 0
    for start, end in sorted({*_lived_in(text), *_chained(text), *_housed(text)}, key=lambda span: (span[0], -span[1])):
        if start >= taken:
            taken = end
            yield Found(start, end, "address")


def _lived_in(text: str) -> Iterator[tuple[int, int]]:
    for cue in _LIVES.finditer(text):
        if ":" in cue["colon"] or cue[0].startswith(("家住", "现住")) or "址" in cue[0]:
            field = _FIELD.match(text, cue.end())
            if field is None:
                continue
            stop = _FIELD_STOP.search(field[0])
            end = field.start() + stop.start() if stop else field.end()
            if end - cue.end() >= 3 and _finer(text[cue.end() : end]):
                yield cue.end(), end
        else:
            chain = _CHAIN.match(text, cue.end())
            if chain and _finer(chain[0]) and not _VAGUE.search(chain[0]) and not _INSTITUTION.match(text, chain.end()):
                yield cue.end(), _house_end(text, chain.end())


def _finer(place: str) -> bool:
    """Whether a place is finer than a province: 北京 and 山东省 are not, 石家庄市 is."""
    return re.fullmatch(_PROVINCE, place) is None and "某" not in place


def _chained(text: str) -> Iterator[tuple[int, int]]:
    if not any(part in text for part in "区县镇乡村路街"):
        return
    for chain in _CHAIN_OF_PROVINCE.finditer(text):
        end = _house_end(text, chain.end())
        if end > chain.end() or (_FINE.search(chain[0]) and not _VAGUE.search(chain[0]) and not _INSTITUTION.match(text, end)):
            yield chain.start(), end


_CHAIN_OF_PROVINCE = re.compile(rf"{_PROVINCE}(?:[{_HAN}\d]{{1,10}}?{_PART}){{1,7}}|(?<![{_HAN}])(?!现住|家住|居住|暂住|住|在|家|来自|位于"
    rf"|住在|地址|户籍|籍贯|出生)[{_HAN}]{{2,4}}市[{_HAN}]{{1,5}}?[区县](?:[{_HAN}\d]{{1,10}}?{_PART}){{0,6}}")


def _housed(text: str) -> Iterator[tuple[int, int]]:
    for street in _STREET.finditer(text):
        if not _NO_STREET.search(street[0]):
            yield street.start(), _house_end(text, street.end())


def _house_end(text: str, end: int) -> int:
    while house := _HOUSE.match(text, end):
        end = house.end()
    return end - 1 if text[end - 1] == " " else end
