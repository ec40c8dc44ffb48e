"""Chinese text, plain and simplified -> numbers and accounts that a Chinese word announces"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curate.identifiers.kinds import Found, Kind

# The shortest value of a kind is given with it: a bed has one digit.
_CUES: tuple[tuple[Kind, int, str], ...] = (
    ("ssn", 6, r"居民身份证|身份证|身份证件|证件|社会保障|公民身份|医师身份证|ID卡"),
    ("mrn", 3, r"住院|病历|病案|门诊|就诊|就诊卡|登记|患者|病人|挂号|急诊|诊疗卡|档案|健康档案|体检|病例|索引|患者ID|病人ID|ID|PID"
        r"|留观|诊疗|一卡通|健康卡"),
    ("mrn", 1, r"床|床位|病床"),
    ("accession", 3, r"影像|检查|放射|CT|MRI?|DR|X线|X光|X片|超声|彩超|B超|内镜|胃镜|肠镜|病理|标本|条形?码|申请单|申请|检验|样本"
        r"|切片|蜡块|报告|片|流水|检查单|化验单|序列|心电图|摄片|核医学"),
    ("plan", 4, r"医保卡?|医疗保险|社保卡?|保险单?|保单|医疗证|参保|农合|新农合|合作医疗证?|公费医疗|个人编|电子凭证"),
    ("account", 4, r"银行卡?|账|帐|账户|银行账|信用卡|储蓄卡|卡|发票|结算|订单|收据|支付宝|缴费单?"),
    ("license", 4, r"医师执业证书?|执业证书?|执业医师证?|医师资格证?书?|资格证书?|执照|护照|驾驶证|驾照|许可证?|准生证|军官证|证书"
        r"|出生证|出生医学证明|工|工作证|护士证|港澳通行证"),
    ("vehicle", 5, r"车牌|车架|车辆识别|发动机|牌照"),
    ("device", 4, r"设备|设备序列|机器|出厂|产品序列|序列|仪器|植入物|起搏器|批|生产批|产品批|支架|假体|机身"),
)
_BARE = ("账户", "帐户", "账号", "帐号", "银行卡", "信用卡", "储蓄卡", "借记卡")  # with nothing for 'number' behind: eight digits or more
_NUMBER = r"(?:号码?|编号|代码|编码|ID号?|条码号?)"
_JOIN = r"[ ]{0,3}(?:[:=#]|为|是|No\.?)?[ \n]{0,3}#?"
_VALUE = (
    r"(?P<value>(?:[A-Za-z]{1,5}[ -]?)?(?=[A-Za-z-]{0,6}\d)[A-Za-z0-9](?:[A-Za-z0-9*]|[-_/.](?=[A-Za-z0-9])"
    r"|[ ](?=\d{3,4}(?!\d)(?![ ]?[a-z年岁])))*)"
)
# With nothing for 'number' behind: behind a colon.
_PAPERS: tuple[tuple[Kind, str], ...] = (
    ("license", "护照|驾驶证|驾照|军官证|执业证书?|港澳通行证"),
    ("plan", "医保卡|社保卡"),
    ("ssn", "身份证"),
    ("vehicle", "车架|车牌"),
    ("device", "序列|设备"),
    ("mrn", "就诊卡|病历|病案|住院|门诊"),
)
_PAPER = re.compile(rf"(?:{'|'.join(f'(?P<paper{place}>{cue})' for place, (_, cue) in enumerate(_PAPERS))})[ ]?[:=][ ]?{_VALUE}")
_CUED = re.compile(rf"(?:{'|'.join(f'(?P<cue{place}>{cue})' for place, (_, _, cue) in enumerate(_CUES))}){_NUMBER}{_JOIN}{_VALUE}")
_BARELY = re.compile(rf"(?:{'|'.join(_BARE)})(?:号码?)?{_JOIN}{_VALUE}")
_HAS_CUE = re.compile(r"[号编证卡照]|[账帐]户|代码|ID|条码|QQ|微信|邮|VX|vx|抖音|微博")
_RESIDENT = re.compile(r"身份证(?:号码?|件号?)?[^\dXx\n]{0,6}(?P<value>\d{17}[\dXx]|\d{15})(?![\dA-Za-z])")
_ACCOUNT = re.compile(r"(?:QQ|微信|weixin|VX|vx|Vx|抖音|微博|支付宝)(?:号码?|账号|帐号|群|ID)?[ ]{0,2}(?:[:=]|是|为"
    r"|[ ])[ ]{0,2}@?(?P<value>[A-Za-z0-9_][A-Za-z0-9_-]{4,29})|(?:QQ|微信)(?P<direct>\d{5,12})(?!\d)")
_PLATE = re.compile(  # GA 36-2018: province, office, five or six characters
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领]"
    r"[A-HJ-NP-Z][·• ]?(?=[A-HJ-NP-Z0-9]{0,5}\d)[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳](?![A-Za-z0-9])"
)
_YEAR = re.compile(r"(?:19|20)\d\d年?")


def found(text: str) -> Iterator[Found]:
    """住院号, 影像号, 医保卡号, 执业证号, 车牌号, QQ ... with what stands behind them; number plates by their shape."""
    if _HAS_CUE.search(text):
        for match in _CUED.finditer(text):
            kind, shortest, _ = next(cue for place, cue in enumerate(_CUES) if match[f"cue{place}"] is not None)
            value = match["value"]
            if sum(map(str.isdigit, value)) >= shortest and not (_YEAR.fullmatch(value) and shortest > 3):
                yield Found(*match.span("value"), kind)
        yield from (Found(*match.span("value"), "accoun"
            "t") for match in _BARELY.finditer(text) if sum(map(str.isdigit, match["value"])) >= 8)
        for match in _PAPER.finditer(text):
            if sum(map(str.isdigit, match["value"])) >= 5:
                kind = next(kind for place, (kind, _) in enumerate(_PAPERS) if match[f"paper{place}"] is not None)
                yield Found(*match.span("value"), kind)
        yield from (Found(*match.span("value"), "ssn") for match in _RESIDENT.finditer(text))
        yield from (Found(*match.span("value" if match["value"] else "direct"), "account") for match in _ACCOUNT.finditer(text))
    yield from (Found(*match.span(), "vehicle") for match in _PLATE.finditer(text))
