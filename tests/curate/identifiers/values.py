"""a kind of identifier and a variety -> one that is made up"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

from tests.curate.identifiers.people import fake

AS_OF = datetime.date(2026, 11, 23)
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
TENS = {90: "ninety", 100: "one hundred", 0: ""}
ONES = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
FORMS = (Path(__file__).with_name("frames") / "numbers.txt").read_text(encoding="utf-8").splitlines()
NUMBERS = {line.partition(": ")[0]: line.partition(": ")[2].split(" | ") for line in FORMS if not line.startswith("#")}
STREETS = (
    "Maple",
    "Elm",
    "Oakridge",
    "Whispering Pines",
    "Martin Luther King Jr.",
    "St. Andrews",
    "Old Mill",
    "Route 9",
    "Lakeshore",
    "Cherry Blossom",
)
WAYS = (
    "Street",
    "St",
    "St.",
    "Avenue",
    "Ave",
    "Ave.",
    "Road",
    "Rd",
    "Lane",
    "Ln",
    "Drive",
    "Dr",
    "Blvd",
    "Boulevard",
    "Court",
    "Ct",
    "Way",
    "Terrace",
    "Place",
    "Pkwy",
    "Circle",
    "Hwy",
)
TOWNS = (
    "Springfield",
    "Cedar Rapids",
    "Worcester",
    "Albuquerque",
    "Fort Wayne",
    "Eau Claire",
    "Kalamazoo",
    "Bar Harbor",
    "San Luis Obispo",
    "Yonkers",
)
STATES = (
    "AL", "AZ", "CA", "CO", "CT", "FL", "GA", "IA", "IL", "IN", "KS", "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MS", "NC",
    "ND", "NE", "NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR", "PA", "SC", "TN", "TX", "UT", "VA", "VT", "WA", "WI", "WV", "WY",
)  # fmt: skip
STATE_NAMES = ("Ohio", "Texas", "California", "New York", "Michigan", "Georgia", "Oregon")
PROVINCES = (
    "广东省深圳市南山区",
    "北京市海淀区",
    "浙江省杭州市西湖区",
    "四川省成都市武侯区",
    "上海市浦东新区",
    "湖南省长沙市岳麓区",
    "河北省保定市清苑县",
)
ROADS = ("科技园南路", "中关村大街", "文三路", "人民南路四段", "世纪大道", "麓山南路", "解放西路", "建设路")
DIGITS = "零一二三四五六七八九"


def number(random: Random, form: str) -> str:
    signs: dict[str, Callable[[], str]] = {
        "#": lambda: random.choice("0123456789"),
        "%": lambda: random.choice("2345678"),
        "^": lambda: random.choice("ABCDEFGHJKLMNPRSTUVWXYZ"),
    }
    return "".join(signs[sign]() if sign in signs else sign for sign in form)


def day(random: Random) -> datetime.date:
    return datetime.date(1930, 1, 1) + datetime.timedelta(days=random.randrange(365 * 94))


def identity() -> str:
    """A number of GB 11643. The library counts years of age back from today: here from a day that stays."""
    drawn = fake("zh_CN").ssn()
    born = datetime.datetime.strptime(drawn[6:14], "%Y%m%d").date() + (AS_OF - datetime.date.today())
    digits = f"{drawn[:6]}{born:%Y%m%d}{drawn[14:17]}"
    return digits + "0123456789X"[(1 - 2 * int(digits, 13)) % 11]


def _date(form: Callable[[datetime.date, str], str]) -> Callable[[Random], str]:
    def make(random: Random) -> str:
        when = day(random)
        return form(when, MONTHS[when.month - 1])

    return make


def ordinal(number: int) -> str:
    return f"{number}{'th' if 10 < number < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def hanzi(number: int) -> str:
    """1 to 99 as it is said."""
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else DIGITS[tens] + "十") + (DIGITS[ones] if ones else "")


DATES: Mapping[str, Sequence[Callable[[Random], str]]] = {
    "us": (_date(lambda d, m: f"{d.month}/{d.day}/{d.year}"), _date(lambda d, m: f"{d:%m/%d/%Y}"), _date(lambda d, m: f"{d:%m-%d-%Y}")),
    "short": (_date(lambda d, m: f"{d.month}/{d.day}/{d:%y}"), _date(lambda d, m: f"{d:%m/%d/%y}")),
    "uk": (
        _date(lambda d, m: f"{d:%d/%m/%Y}"),
        _date(lambda d, m: f"{d:%d.%m.%Y}"),
        _date(lambda d, m: f"{d:%d-%m-%Y}"),
        _date(lambda d, m: f"{d:%d.%m.%y}"),
    ),
    "iso": (_date(lambda d, m: f"{d:%Y-%m-%d}"), _date(lambda d, m: f"{d:%Y/%m/%d}"), _date(lambda d, m: f"{d:%Y.%m.%d}")),
    "stamp": (
        _date(lambda d, m: f"{d:%Y-%m-%d}T08:22:10"),
        _date(lambda d, m: f"{d:%Y-%m-%d} 14:05"),
        _date(lambda d, m: f"{d:%m/%d/%Y} 2:05 PM"),
    ),
    "compact": (_date(lambda d, m: f"{d:%Y%m%d}"),),
    "words": (
        _date(lambda d, m: f"{m} {d.day}, {d.year}"),
        _date(lambda d, m: f"{d.day} {m} {d.year}"),
        _date(lambda d, m: f"{m} {ordinal(d.day)}, {d.year}"),
        _date(lambda d, m: f"{ordinal(d.day)} {m} {d.year}"),
        _date(lambda d, m: f"the {ordinal(d.day)} of {m} {d.year}"),
        _date(lambda d, m: f"{m[:3]} {d.day}, {d.year}"),
        _date(lambda d, m: f"{m[:3]}. {d.day}, {d.year}"),
        _date(lambda d, m: f"{d.day} {m[:3]} {d.year}"),
        _date(lambda d, m: f"{d:%d}-{m[:3]}-{d.year}"),
        _date(lambda d, m: f"{d:%d}-{m[:3].upper()}-{d:%y}"),
        _date(lambda d, m: f"{d:%d}{m[:3].upper()}{d.year}"),
        _date(lambda d, m: f"{d:%A}, {m} {d.day}, {d.year}"),
        _date(lambda d, m: f"{m} {d.day} {d.year}"),
        _date(lambda d, m: f"{m[:3]}/{d:%d}/{d.year}"),
    ),
    "noyear": (
        _date(lambda d, m: f"{m} {d.day}"),
        _date(lambda d, m: f"{d.day} {m}"),
        _date(lambda d, m: f"{m} {ordinal(d.day)}"),
        _date(lambda d, m: f"the {ordinal(d.day)} of {m}"),
        _date(lambda d, m: f"{m[:3]} {d.day}"),
        _date(lambda d, m: f"{d:%A}, {d.day} {m}"),
    ),
    "month": (
        _date(lambda d, m: f"{m} {d.year}"),
        _date(lambda d, m: f"{m[:3]} {d.year}"),
        _date(lambda d, m: f"{m}, {d.year}"),
        _date(lambda d, m: f"{m} of {d.year}"),
    ),
    "monthslash": (_date(lambda d, m: f"{d:%m/%Y}"), _date(lambda d, m: f"{d:%Y-%m}"), _date(lambda d, m: f"{d:%m.%Y}")),
    "bare_month": (_date(lambda d, m: m),),
    "feast": (
        lambda random: random.choice(
            ("Christmas Day 2019", "New Year's Eve", "Thanksgiving 2021", "Easter Sunday 2018", "Independence Day, 2020")
        ),
    ),
    "abroad": (
        lambda random: f"{random.randrange(1, 29)} {random.choice(('février', 'août', 'de marzo de', 'de octubre de'))} 2017",
        lambda random: f"{random.randrange(1, 29)}. {random.choice(('März', 'Mai', 'Oktober', 'Dezember'))} 2017",
    ),
    "md": (_date(lambda d, m: f"{d.month}/{d.day}"), _date(lambda d, m: f"{d:%m/%d}")),
    "range": (
        _date(lambda d, m: f"{m} {min(d.day, 20)}-{min(d.day, 20) + 5}, {d.year}"),
        _date(lambda d, m: f"{min(d.day, 20)}–{min(d.day, 20) + 5} {m} {d.year}"),
    ),
    "zh": (
        _date(lambda d, m: f"{d.year}年{d.month}月{d.day}日"),
        _date(lambda d, m: f"{d:%Y年%m月%d日}"),
        _date(lambda d, m: f"{d.year} 年 {d.month} 月 {d.day} 日"),
        _date(lambda d, m: f"{d.year}年{d.month}月{d.day}号"),
        _date(lambda d, m: f"{d:%Y-%m-%d}"),
        _date(lambda d, m: f"{d:%Y.%m.%d}"),
        _date(lambda d, m: f"{d:%Y/%m/%d}"),
    ),
    "zh_month": (_date(lambda d, m: f"{d.year}年{d.month}月"), _date(lambda d, m: f"{d:%Y年%m月}")),
    "zh_noyear": (_date(lambda d, m: f"{d.month}月{d.day}日"), _date(lambda d, m: f"{d.month}月{d.day}号")),
    "zh_hanzi": (
        _date(lambda d, m: f"{''.join(DIGITS[int(n)] for n in str(d.year)).replace('零', '〇')}年{hanzi(d.month)}月{hanzi(d.day)}日"),
    ),
}
DATES = {**DATES, "any": tuple(form for variety in ("us", "short", "uk", "iso", "words", "words") for form in DATES[variety])}


def street(random: Random) -> str:
    if random.random() < 0.4:
        return fake("en_US").street_address()
    name = random.choice((*STREETS, *TOWNS))
    flat = random.choice(("", "", "", ", Apt 4B", ", Unit 12", " #301", ", Suite 200", ", Apartment 7"))
    return f"{random.randrange(2, 19999)} {random.choice(('', 'N. ', 'W ', 'South '))}{name} {random.choice(WAYS)}{flat}"


def whole(random: Random) -> str:
    code = f"{random.randrange(1001, 99999):05}{random.choice(('', '', f'-{random.randrange(1000, 9999)}'))}"
    state = random.choice((*STATES, *STATE_NAMES))
    return f"{street(random)}, {random.choice(TOWNS)}, {state} {code}"


def abroad(random: Random) -> str:
    """Of Great Britain or India."""
    return fake(random.choice(("en_GB", "en_IN"))).address().replace("\n", ", ")


def continental(random: Random) -> str:
    return fake(random.choice(("de_DE", "fr_FR", "es_ES"))).address().replace("\n", ", ")


def home(random: Random) -> str:
    if random.random() < 0.2:
        return fake("zh_CN").address().rpartition(" ")[0]
    place = random.choice(("{}号", "{}号{}栋{}室", "{}弄{}号{}室", "{}号{}单元{}")).format(*(random.randrange(1, 999) for _ in range(3)))
    return random.choice(PROVINCES) + random.choice(ROADS) + place


def spelt(random: Random) -> str:
    tens = random.choice((90, 90, 90, 100))
    one = ONES[random.randrange(10)]
    return TENS[tens] + (f"{'-' if tens == 90 else ' and '}{one}" if one else "")


def _digits(random: Random) -> str:
    return str(random.choice((90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 103, 107, 110)))


def email(random: Random) -> str:
    local = random.choice(("j.smith", "maria_gonzalez", "dr.patel+clinic", "radiology-desk", "k1982", "O.Connor", "x"))
    host = random.choice(("example.com", "mail.example.org", "st-marys.example.nhs.uk", "example.co.in", "uni-klinik.example.de"))
    return random.choice((f"{local}@{host}", fake("en_US").email(), fake("de_DE").company_email(), f"{local.upper()}@{host.upper()}"))


def url(random: Random) -> str:
    number = random.randrange(1000, 99999)
    return random.choice(
        (
            f"https://www.example.org/cases/{number}",
            f"http://pacs.example.net/viewer?study={number}&series=3",
            f"www.example-hospital.org/patients/{number}",
            f"https://portal.example.com/p/{number}#results",
            f"radiology.example.org/case/{number}",
            fake("en_US").uri(),
            fake("fr_FR").url(),
            f"ftp://files.example.com/dicom/{number}.zip",
            f"https://example.com/~jsmith/{number}.html",
        )
    )


def address_of_machine(random: Random) -> str:
    parts = [random.randrange(1, 254) for _ in range(4)]
    return random.choice(
        (
            ".".join(map(str, parts)),
            f"192.168.{parts[0]}.{parts[1]}",
            f"10.{parts[0]}.{parts[1]}.{parts[2]}",
            fake("en_US").ipv6(),
            f"fe80::{parts[0]:x}:{parts[1]:x}",
            f"2001:db8::{parts[2]:x}",
        )
    )


def card(random: Random) -> str:
    number = fake("en_US").credit_card_number(random.choice(("visa16", "mastercard")))
    return random.choice(("", " ", "-")).join(number[place : place + 4] for place in range(0, 16, 4))


OTHERS: Mapping[str, Callable[[Random], str]] = {
    "address.street": street,
    "address.whole": whole,
    "address.abroad": abroad,
    "address.continental": continental,
    "address.zip": lambda random: f"{random.choice(TOWNS)}, {random.choice(STATES)} {random.randrange(1001, 99999):05}",
    "address.code": lambda random: f"{random.randrange(1001, 99999):05}",
    "address.box": lambda random: f"P.O. Box {random.randrange(10, 9999)}",
    "address.postcode": lambda random: number(random, random.choice(("SW1A #AA", "M# 4^B", "EH## #^B", "B## 7^T"))),
    "address.zh": home,
    "address.zh_code": lambda random: f"{random.randrange(100000, 859999)}",
    "address.town": lambda random: f"{random.choice(TOWNS)}, {random.choice(STATE_NAMES)}",
    "address.bare_town": lambda random: random.choice(TOWNS),
    "ssn.end": lambda random: number(random, "####"),
    "email.spelt": lambda random: random.choice(("j.smith (at) example (dot) com", "maria at example dot org", "x AT example DOT com")),
    "age.digits": _digits,
    "age.words": spelt,
    "age.zh_words": lambda random: hanzi(random.randrange(90, 100)),
    "email.any": email,
    "url.any": url,
    "ip.any": address_of_machine,
    "ssn.zh": lambda random: identity(),
    "account.card": card,
    "account.iban": lambda random: fake(random.choice(("de_DE", "fr_FR", "es_ES", "en_GB"))).iban(),
}


def value(random: Random, kind: str, variety: str) -> str:
    if kind == "date":
        return random.choice(DATES[variety or "any"])(random)
    name = f"{kind}.{variety or 'any'}"
    return OTHERS[name](random) if name in OTHERS else number(random, random.choice(NUMBERS[name]))
