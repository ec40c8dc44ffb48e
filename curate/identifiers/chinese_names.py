"""Chinese text, plain and simplified -> names of persons where something says that one stands there

A surname alone is no evidence: a third of them begin words of every day (高血压, 黄疸, 马尾, 方法). A label (姓名:), a word for
a person before (患者, 家属, 我叫) or a title behind (医生, 女士) says that a name may stand; surname, given name and what follows
have to agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from curate.identifiers.kinds import Found

_HERE = Path(__file__).parent
_READ = {stem: (_HERE / f"chinese_{stem}.txt").read_text(encoding="utf-8").split() for stem in ("surnames", "given", "words")}
COMPOUNDS = frozenset(word for word in _READ["surnames"] if len(word) == 2)
SURNAMES = frozenset(character for word in _READ["surnames"] if len(word) > 2 for character in word)
GIVEN = frozenset("".join(_READ["given"]))
WORDS = frozenset(_READ["words"])  # that begin with a surname and are no names
# Surnames that stand for little else: nine persons in ten have one of them.
_PLAIN = frozenset(
    "王李张刘陈杨赵吴周徐孙朱胡郭林何罗郑梁谢唐许韩冯邓曹彭曾萧肖蔡潘袁董余苏叶吕魏蒋田杜丁沈姜范傅钟卢汪戴崔陆廖姚金邱夏谭韦贾邹熊孟"
    "秦阎闫薛侯雷"
    "龙段郝孔邵毛顾赖万覃康钱洪武施陶龚严贺龚倪樊殷兰尹庞颜庄聂牛葛岳齐梅庾辛管祝左涂鲁翟芦俞葛柯毕阮蓝祁佟冼焦巴包卓翁屈耿冉"
    "凌霍欧缪盛"
) - frozenset("余何段万金龙夏田严毛管左兰康武辛包盛牛巴欧蓝曾")
# Surnames that are words of grammar: a name only with a clear given name.
_GRAMMAR = frozenset("应时和与从能都那并有由经连全单成相通平明强容满空简充关解干计别党国利师红后前多更双第东公车水花查由支终游储")
# No name by themselves before a title (但医生说, 请来医生): with two characters of a given name only.
_NOT_ALONE = _GRAMMAR | frozenset("来但家元路山越初信居须权皮代房楼章班广步盖商养费扶印税伏赏迟怀农宁勾堵仰劳揭弓羊滑曲秋薄到鲜阴景展"
    "谈边卫管首植于向")
_NEVER = frozenset(
    "的了在不及或者为于因由到后前岁左右侧下内外约例型期痛症炎癌瘤病肿胀血尿便热咳痰肺肝肾胃肠脑骨腹胸腰颈头眼耳鼻喉舌牙皮肤毒菌酸碱药"
    "诊疗检查区们么吗呢吧这那哪你我"
    "他她它您某被把给让但而即将已还都就只再很较要该须着过去出个种类量数值率比项件面部段级块几各每另此口第无未有是说称男女×氏医患院科"
    "室床号术见示"
)
_GO_ON = (
    "因于的是在有说诉称自今昨曾现来到入出就与和及或已无未男女为被将向觉感主近术去行做接复再突本系也还能会要想把对给由从经先医大"
    "护主教院技老同博阿叔爷太小签"
)
_HAN = "\u4e00-\u9fff"
_HANS = re.compile(rf"[{_HAN}]+")
_END = re.compile(rf"(?![{_HAN}])|[{_GO_ON}]")
_CLEAR_END = re.compile(rf"(?![{_HAN}·])|[因于的是在男女自曾今昨现来签]")
_FIELD_END = re.compile(
    rf"(?![{_HAN}·])|性别|年龄|男|女|科[室别]|床号|[住入出]院|门诊|病[历案区]|身份|电话|手机|联系|出生|职业|民族|婚姻|籍贯|地址|住址"
    rf"|日期|时间|检查|报告|审核|"
    r"主[治任管]|医[师生]|护士|签[名字]|诊断|单位|关系|与患者|副主任|教授|大夫|先生|女士|于|因"
)
_LABEL = re.compile(
    r"(?:(?:患者|病人|患儿|产妇|家属|联系人|姓|医[师生]|主任|护士|代理人|监护人|亲属|本人|申请人|报告人?|记录人?|检查人?|操作者?"
    r"|审核人?|书写人?)?(?:姓[ ]{0,4}名|签[ ]{0,2}[名字字章])"
    r"|(?:报告|审核|复核|检查|诊断|主治|主管|经治|接诊|住院|值班|首诊|会诊|送检|申请|责任|管床|上级|主任|副主任|记录|书写|影像|放射"
    r"|病理|超声|阅片|麻醉|手术|主刀|指导|进修|实习|门诊)"
    r"(?:医[师生]|护士|技师|者|人|老师)|医[师生]|护士|技师|药师|主任|大夫|主刀|术者|助手|[一二三]助|麻醉|护理|麻醉师|操作者|记录者"
    r"|送检者|审核者|报告者|检查者|初诊|阅片|"
    r"患者|病人|患儿|产妇|家属|联系人|监护人|法定代理人|委托人|陪护人?|紧急联系人|父亲|母亲|父|母|配偶|丈夫|妻子|儿子|女儿)"
    r"(?:[(（][^()（）\n]{1,8}[)）])?[ ]{0,3}(?P<colon>:[ \n]{0,6}|[ ]{1,6}|=)"
)
_NAMED = re.compile(r"(?:我叫|我的名字[叫是]|名叫|名字[叫是]|叫做|取名|姓名[为是]?|本人姓名|自称)[ ]?")
_FAMILY = re.compile(rf"(?:我|本人|免贵)姓(?P<family>[{_HAN}])(?![{_HAN}])")
_PERSON = re.compile(
    r"(?:患者|病人|患儿|病患|病员|伤员|伤者|产妇|孕妇|死者|逝者|家属|监护人|联系人|母亲|父亲|妈妈|爸爸|丈夫|妻子|儿子|女儿|老伴|爱人"
    r"|老公|老婆|婆婆|公公|岳[父母]|爷爷|奶奶|外[公婆]|舅舅|姑姑|我(?:爸爸?|妈妈?|儿子?)|男友|女友"
    r"|姐姐|妹妹|哥哥|弟弟|孙子|孙女|外孙|同事|邻居|朋友|"
    r"医[生师]|大夫|护士长?|[主]任|教授|院长|技师|药师|术者|主刀|助手|[一二]助|麻醉师|患[者儿]之[父母子女]|本人|我是|居民|村民|职工"
    r"|老人|女士|先生|同学|老师)[ ,:]?"
)
_TITLE = re.compile(
    r"(?:副?主任(?:医师|护师|技师|药师)?|(?:主治|住院|主管|值班|实习)?(?:医生|医师)|大夫|副?教授|副?院长|护士长?|护师|技师|药师|先生"
    r"|女士|小姐|太太|老师|同学|博士|阿姨|叔叔|大[爷妈叔娘]|"
    r"[爷奶]{2}|伯伯|婆婆|师傅|警官|老太太?|同志)"
)
# '苏明，女，62岁'; a line with nothing but a name under a greeting
_LINE = re.compile(
    rf"(?<![{_HAN}])(?P<name>[{_HAN}]{{2,4}})(?=[, ]{{1,2}}[男女]性?(?![{_HAN}])|[ ]?[ (][男女][,) ])"
    rf"|(?:敬礼|敬上|谢谢)[!。]?[ ]{{0,2}}\n[ ]{{0,4}}(?P<under>[{_HAN}]{{2,4}})(?=[ ]{{0,2}}(?:\n|$))"
)
_LEADS = frozenset("请由找与和跟向让给及经是的叫问听到对同被谢见、托嘱约待陪随送访")
_SEPARATED = re.compile(r"[ ]?[/、,，;；和与及][ ]?|[ ]{1,3}")
_TITLE_NOUNS = re.compile(r"(?:主任|责任|主管|值班|信任|专任|首任|高年资|全科|各|位|名|该|此|本|某|女|男|老|新|两|几|多|每)$")


def found(text: str) -> Iterator[Found]:
    """Names, without their titles."""
    taken = -1
    for start, end in sorted(_all(text), key=lambda span: (span[0], -span[1])):
        if start >= taken:
            taken = end
            yield Found(start, end, "name")


def _all(text: str) -> Iterator[tuple[int, int]]:
    for label in _LABEL.finditer(text):
        yield from _listed(text, label.end(), sure=":" in label["colon"] or "=" in label["colon"])
    for family in _FAMILY.finditer(text):
        if family["family"] in SURNAMES:
            yield family.span("family")
    for pattern in (_NAMED, _PERSON):
        for person in pattern.finditer(text):
            dotted = _DOTTED.match(text, person.end())
            end = dotted.end() if dotted else _name_end(text, person.end(), sure=pattern is _NAMED)
            if end:
                yield person.end(), end
    for line in _LINE.finditer(text):
        start, end = line.span("name" if line["name"] else "under")
        name = text[start:end]
        if len(name) < 4 and name[0] in SURNAMES and set(name[1:]) <= GIVEN - _NEVER and name not in WORDS:
            yield start, end
    for title in _TITLE.finditer(text):
        start = _titled(text, title.start())
        if start < title.start():
            yield start, title.start()


def _listed(text: str, start: int, *, sure: bool) -> Iterator[tuple[int, int]]:
    """The names in a field: '李四/王五'."""
    for _ in range(8):
        end = _field_end(text, start) if sure else _name_end(text, start, sure=False, end_pattern=_FIELD_END)
        if not end:
            return
        yield start, end
        separator = _SEPARATED.match(text, end)
        if not sure or separator is None:
            return
        start = separator.end()


def _field_end(text: str, start: int) -> int:
    """Where a name behind 'label:' ends; 0 if none begins. Two to four characters, or more with a middle dot (买买提·艾山)."""
    dotted = _DOTTED.match(text, start)
    if dotted:
        return dotted.end()
    spaced = _SPACED.match(text, start)
    if spaced and spaced[0][0] in SURNAMES:
        return spaced.end()
    if text[start : start + 1] not in SURNAMES and text[start : start + 2] not in COMPOUNDS:
        return 0
    for length in (3, 2, 4):
        name = text[start : start + length]
        if len(name) == length and _is_han(name) and _FIELD_END.match(text, start + length) and not _NO_NAME.search(name):
            surname = 2 if name[:2] in COMPOUNDS else 1
            if (name[0] in SURNAMES or surname == 2) and length - surname in (1, 2):
                return start + length if not _NEVER & set(name[surname:]) and name not in WORDS else 0
    return 0


_DOTTED = re.compile(rf"[{_HAN}]{{2,6}}(?:[·•・][{_HAN}]{{2,5}}){{1,2}}(?![{_HAN}·])")
_SPACED = re.compile(rf"[{_HAN}][ ]{{1,2}}[{_HAN}](?![{_HAN}])")
_NO_NAME = re.compile(r"某|不详|未知|保密|匿名|无名|同前|同上|见附|略|待查|正常|签名|签字|医师|医生|无异常")


def _name_end(text: str, start: int, *, sure: bool, end_pattern: re.Pattern[str] | None = None) -> int:
    """Where a name that begins here ends; 0 if none does. The longer given name first."""
    surname = 2 if text[start : start + 2] in COMPOUNDS else 1
    family = text[start : start + surname]
    if surname == 1 and (family not in SURNAMES or (family in _GRAMMAR and not sure)):
        return 0
    plain = surname == 2 or family in _PLAIN
    for length in (2, 1):
        end = start + surname + length
        given = text[start + surname : end]
        if len(given) < length or not _is_han(given) or _NEVER & set(given) or text[start:end] in WORDS:
            continue
        if length == 2 and text[start : start + 2] in WORDS and not set(given) <= GIVEN:
            continue
        if not sure and not plain and (given in WORDS or not set(given) <= GIVEN):
            continue
        stop = end_pattern or (_END if plain or sure else _CLEAR_END)
        if stop.match(text, end) and not (text[end - 1 : end + 1] in WORDS and text[end : end + 1] not in "因于的是在男女"):
            return end
    given = text[start + surname : start + surname + 2]
    clear = (plain or family not in _NOT_ALONE) and len(given) == 2 and set(given) <= GIVEN
    end = start + surname + 2
    if not clear or end_pattern or {given, text[start : start + 2]} & WORDS:
        return 0
    return end - 1 if text[end - 1 : end + 1] in _VERBS else end  # '医师黄燕芳建议'


_WORDS_AFTER = "建议 安排 明确 继续 立即 进行 开具 表示 同意 认真 嘱咐 交代 告知 认为 指示 指导 主刀 完成 报告 会诊 查看 诊断"
_VERBS = frozenset(_WORDS_AFTER.split())


def _titled(text: str, end: int) -> int:
    """Where the name before a title begins; the title's own place if there is none."""
    for length in (4, 3, 2, 1):
        start = end - length
        name = text[max(start, 0) : end]
        surname = 2 if name[:2] in COMPOUNDS else 1
        if start < 0 or (surname == 1 and name[:1] not in SURNAMES) or not 0 <= length - surname <= 2 or not _is_han(name):
            continue
        given = name[surname:]
        if length > 1 and name[0] in _GRAMMAR | _LEADS and name[1] in SURNAMES:
            continue  # 由李明医生
        if given and (not set(given) <= GIVEN - _NEVER or (name in WORDS and text[start - 1 : start] not in ("找", "请", "由"))):
            continue
        if not (length == 1 and name in _NOT_ALONE) and _begins(text, start, family=name[:surname], length=length):
            return start
    return end


def _begins(text: str, start: int, *, family: str, length: int) -> bool:
    before = text[start - 1 : start] if start else ""
    if _TITLE_NOUNS.search(text, max(start - 3, 0), start) or text[max(start - 1, 0) : start + 1] in _RANKS:
        return False
    if not _is_han(before) or before in _LEADS or (length == 3 and family in _PLAIN):
        return True
    return _PERSON_BEFORE.search(text, max(start - 4, 0), start) is not None and (family in _PLAIN or len(family) == 2)


_NOT_NAMES = (
    "主任 责任 主管 值班 信任 担任 兼任 历任 现任 前任 就任 升任 出任 胜任 聘任 委任 调任 留任 专任 分管 "
    "由于 对于 关于 至于 终于 处于 属于 在于 基于 "
    "经常 日常 平常 通常 异常 对方 许多 毕业 首席 同班 "
    "年高 资深 床管 谢谢 感谢 多谢 致谢"
)
_RANKS = frozenset(_NOT_NAMES.split())
_PERSON_BEFORE = re.compile(r"(?:患者|病人|患儿|家属|主刀|术者|助手|一助|医[生师]|护士|[主]任|教授|你好|您好|感谢|谢谢|麻烦|今天|昨天"
    r"|听说|联系|咨询|报告|通知)$")


def _is_han(text: str) -> bool:
    return _HANS.fullmatch(text) is not None
