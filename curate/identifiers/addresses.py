"""text -> addresses: streets, boxes, towns with a post code, the town that one lives in, the room that one lies in

A town, a hospital or a university alone is none: they are in every line of authors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curate.identifiers.kinds import Found
from curate.identifiers.name_words import folded, is_word
from curate.identifiers.places import COUNTRIES, STATE, STATES
from curate.identifiers.streets import SURE, UNSURE

_WORD = r"(?:(?:St|Ft|Mt|N|S|E|W|Dr|ST|FT|MT)\. )?[A-ZÀ-ÖØ-Þ](?:[^\W\d_]|['’-]){0,24}(?!\w)"
_STREETS = f"(?:{SURE}|{UNSURE}|{SURE.upper()}|{UNSURE.upper()})"
_UNIT = (
    r"(?:,?[ ]\d{1,2}(?:st|nd|rd|th)[ ][Ff]loor)?(?:[ ]?,?[ ]{0,2}(?:(?:[Aa]pt|[Aa]partment|[Ss]uite|[Ss]te|[Uu]nit|[Ff]lat|[Ff]loor"
    r"|[Rr]oom|[Rr]m|APT|SUITE|UNIT)\b\.?[ ]?#?|#)[ ]?[\w-]{1,6})?"
)
_CODE = r"(?:\d{5}(?:-\d{4})?|\d{6}|[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[A-Z]{2}|[A-Z]\d[A-Z][ ]?\d[A-Z]\d)(?!\w)"
_TOWN = rf"(?:{_WORD}[ ]){{0,3}}{_WORD}"
_TAIL = rf"(?:[ ]?[,\n][ ]{{0,2}}{_TOWN})?(?:[ ]?,?[ ]{{1,2}}{STATE}(?!\w))?(?:(?:[ ]?,?[ ]{{1,2}}|-){_CODE})?"
_STREET = re.compile(
    rf"(?<![\w.,:/-])(?:(?:[Hh]\. ?)?[Nn]o\.?[ ]?)?(?:\d{{1,5}}(?:[A-Da-d]|-\d{{1,4}}|/\d{{1,4}})?|One|Two|Three),?[ ](?:(?:N|S|E|W|NE"
    rf"|NW|SE|SW)\b\.?[ ])?"
    rf"(?P<between>(?:(?:{_WORD}|Jr\.|\d{{1,3}}(?:st|nd|rd|th)?|of|the)[ ]){{1,5}})"
    rf"(?P<kind>{_STREETS})\b\.?(?:[ ](?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\b)?(?P<unit>{_UNIT})(?P<tail>{_TAIL})"
)
_DWELLS = re.compile(
    r"(?<![a-zA-Z])(?:[Ll]iv(?:es?|ed|ing)|[Rr]esid(?:es?|ed|ing)|[Ss]tay(?:s|ing)?)[ ]at[ ](?P<place>(?:[Hh]\.? ?[Nn]o\.?"
    r" ?)?\d[^.;:\n]{5,90}(?:\.[ ][^.;:\n]{0,60}\d{5}(?!\d))?)"
)
_SMALL = re.compile(r"(?<![\w-])(?:(?:address|street|residence|city/state/zip)[ ]?:|address is)[ ]{0,4}(?P<place>[a-z0-9][^;:|@\n]{4,90})")
_INDIAN = re.compile(rf"(?<![\w.,:/-])(?:[Hh]\. ?[Nn]o\. ?)?\d{{1,4}}(?:/\d{{1,4}})?,[ ](?:{_TOWN},[ ])?{_TOWN}[- ]\d{{6}}(?!\d)")
_ROMANCE = re.compile(
    rf"(?<!\w)(?:\d{{1,4}}(?:[ ]?bis|[ ]?ter)?,?[ ])?(?:rue|Rue|avenue|Avenue|boulevard|Boulevard|chemin|Chemin|impasse|allée|Allée"
    rf"|quai|Quai|Calle|calle|Avenida|Avda\.|Carrera|Paseo|Plaza|Via|Viale|Corso|Piazza|Rua|Largo|Travessa)"
    rf"[ ](?:(?:de|du|des|la|las|los|le|les|d['’]|del|della|dei|do|da|dos|l['’])[ ]?){{0,2}}(?:{_WORD}[ ]?){{1,4}}(?P<number>,?["
    rf" ]?(?:n[º°.o]?[ ]?)?\d{{1,4}})?(?:[ ]?,?[ ]\d{{4,5}}[ ]{_WORD})?"
)
_GERMAN = re.compile(
    rf"(?<!\w){_WORD}?(?:straße|strasse|str\.|gasse|platz|allee|weg|laan|straat|gade|gatan|vägen|veien)[ ]\d{{1,4}}[ ]?[a-z]?\b(?:["
    rf" ]?,?[ ]\d{{4,5}}[ ]{_WORD})?"
)
_BOX = re.compile(rf"(?<!\w)(?:P\.?[ ]?O\.?[ ]?|Post Office |p\.?o\.? ?)(?:Box|BOX|box)[ ]?#?\d{{1,6}}{_TAIL}")
_ZIP = re.compile(rf"(?<!\w)(?P<town>{_TOWN})[ ]?,?[ ]{{1,2}}{STATE}\.?[ ]?,?[ ]{{1,2}}\d{{5}}(?:-\d{{4}})?(?![\w-])")
_POSTAL = re.compile(
    rf"(?<!\w)(?:[Zz]ip|ZIP|[Pp]ost|[Pp]ostal|POSTAL)[ ]?-?(?:[Cc]ode|CODE)?[ ]?[:#]?[ ]{{0,2}}(?P<code>\d{{5}}(?:-\d{{4}})?|{_CODE}"
    rf"|\d{{4,6}})(?!\w)"
)
_BRITISH = re.compile(
    rf"(?<!\w)(?:(?:Studio|Flat|Unit|Apartment)[ ]\d{{1,4}}[A-Za-z]?,[ ](?:{_TOWN},[ ]){{1,2}})?(?P<town>[A-Z][a-z]{{2,24}})[ ]?,?["
    rf" ]{{1,2}}"
    r"[A-Z]{1,2}\d[A-Z\d]?[ ]\d[A-Z]{2}(?!\w)"
)
_LABEL = re.compile(
    r"(?<![\w-])(?:(?:[Hh]ome|[Mm]ailing|[Pp]ostal|[Ss]treet|[Pp]atient|[Cc]urrent|[Pp]ermanent|HOME|MAILING|PATIENT)["
    r" ])?(?:[Aa]ddress|ADDRESS|[Rr]esidence|RESIDENCE)[ ]?[:=][ ]{0,6}(?P<place>[A-Z0-9][^\n;|:@]{2,90})"
)
_LIVES = re.compile(
    r"(?<![a-zA-Z])(?:(?:[Ll]ives?|[Ll]ived|[Ll]iving|[Rr]esides?|[Rr]esiding|[Rr]esided|[Rr]esident|[Hh]ome|[Bb]orn|[Gg]rew up"
    r"|[Mm]oved|[Rr]elocated|[Bb]ased|[Ee]mployed|[Vv]isiting)"
    r"(?:[ ](?:alone|with (?:his|her|their|my) [a-z]{3,10}|currently|now|back|and raised|outside))?[ ](?:in|at|to|near|of)"
    r"|[Rr]esidents? of|[Nn]ative of"
    r"|(?:I am|I['’]m|[Hh]e is|[Ss]he is|[Pp]atient|[Mm]an|[Ww]oman|[Ff]armer|[Ww]orker|[Tt]eacher|[Gg]entleman|[Ll]ady|[Bb]oy|[Gg]irl"
    r"|(?:who|I|[Hh]e|[Ss]he) (?:comes?|came)|originally|hails|[Ww]riting) from"
    r"|[Hh]ometown(?: is| of|:)|[Cc]ity:|[Tt]own:)[ ]{1,2}(?:the (?:city|town|village|suburbs) of )?(?=[A-ZÀ-Þ])"
)
_PLACE = re.compile(rf"{_WORD}(?:[ -](?:{_WORD}|on|de|la|del|upon|am|sur)){{0,3}}")
_FLAT = re.compile(r"(?<!\w)(?:Apt|APT|Apartment|Suite|Flat)\b\.?[ ]?#?(?:\d{1,4}[A-Z]?|[A-Z]\d{0,3})\b")
_NUMBER_AND_CAPITAL = re.compile(r"\d[A-Da-d]?,? (?:[A-ZÀ-Þ]|\d{1,3}[snrt][tdh] )")
_FIVE_DIGITS = re.compile(r"\d{5}(?!\d)")
_BRITISH_END = re.compile(r"\d[A-Z\d]? \d[A-Z]{2}(?!\w)")
_AFTER_AT = re.compile(r"\d(?:(?<= at .)|(?<=o\. .)|(?<=o\..))")
_SIX_DIGITS = re.compile(r"\d{6}(?!\d)")
_GERMAN_END = re.compile(
    r"\d(?:(?<=straße .)|(?<=strasse .)|(?<=str\. .)|(?<=gasse .)|(?<=platz .)|(?<=allee .)|(?<=weg .)|(?<=laan .)|(?<=straat .)"
    r"|(?<=gade .)|(?<=gatan .)|(?<=vägen .)|(?<=veien .))"
)
_TOWN_AFTER = re.compile(r"[A-ZÀ-Þ](?:(?<= in .)|(?<= at .)|(?<= of .)|(?<= to .)|(?<=from .)|(?<=near .)|(?<=is .)|(?<=: .))")
_LIVING = tuple("live living eside orn grew Grew oved elocated ome ased mployed isiting ative from ometown ity: own:".split())  # noqa: SIM905
_DIGIT = re.compile(r"\d")
_SURE = frozenset(SURE.split("|"))
_AT = re.compile(r"(?:\bat|lives|resides|ddress|esidence|is|[:,])[: ]{1,3}$")
_CODE_ENDS = re.compile(r"\d{5}|[A-Z\d] ?\d[A-Z]{2}$")
_SENTENCE = re.compile(r",? and (?=[a-zI])|,? (?:with|since|alone|for|near|by the) |\.? (?=[A-Z][a-z]+ [a-z]{2,} )|  +(?=[A-Z][a-z]+ ?#)")


def found(text: str) -> Iterator[Found]:
    for pattern in _worth_a_look(text):
        for match in pattern.finditer(text):
            if span := _span(text, match):
                yield Found(*span, "address")


def _worth_a_look(text: str) -> Iterator[re.Pattern[str]]:
    """The patterns that something in the text speaks for: most texts of medicine hold nothing of an address."""
    if _DIGIT.search(text):
        for hint, pattern in _BY_DIGITS:
            if hint.search(text):
                yield pattern
    if _TOWN_AFTER.search(text) and any(living in text for living in _LIVING):
        yield _LIVES
    words = text.split()
    if not _HINTS.isdisjoint(words):
        for hints, pattern in _BY_WORD:
            if not hints.isdisjoint(words):
                yield pattern


def _span(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """What of the match is the address; None where it only looks like one."""
    pattern = match.re
    if pattern is _LIVES:
        return _town(text, match.end())
    if pattern is _LABEL:
        return _to_the_end(text, *match.span("place"))
    if pattern is _POSTAL:
        return match.span("code")
    if pattern is _SMALL and not any(map(str.isdigit, match["place"])):
        return None
    if pattern is _SMALL or pattern is _DWELLS:
        return _to_the_end(text, *match.span("place"))
    if pattern is _STREET and _says_words(match):
        return None
    if pattern is _ROMANCE and not (match["number"] or match[0][0].isdigit()):
        return None
    return match.span()


def _says_words(match: re.Match[str]) -> bool:
    """
    '2 Left Lateral Row', '12 Lead ST': numbers and capitals of medicine. An 'Avenue' is a street, a 'Court' where a unit or town follows.
    """
    kind, between = match["kind"], match["between"].split()
    if kind.isupper() and not match["between"].isupper():
        return True
    if (kind.title() in _SURE and not (kind.isupper() and len(kind) < 4)) or match["unit"] or _CODE_ENDS.search(match["tail"]):
        return False
    if "," in match.string[match.start() : match.start("between")]:
        return True  # '1, Twin Cays Island': of a list
    cued = _AT.search(match.string[max(0, match.start() - 12) : match.start()])
    return not cued and any(is_word(word) for word in between)


def _to_the_end(text: str, start: int, end: int) -> tuple[int, int]:
    """An address to the end of its line, but not the next label ('... Phone:') nor the next sentence."""
    if text[end : end + 1] == ":":
        end = max(text.rfind(" ", start, end), start)
    sentence = _SENTENCE.search(text, start, end)
    return start, sentence.start() if sentence else end


def _town(text: str, at: int) -> tuple[int, int] | None:
    """A town after 'lives in': not a country or state, a people or a word."""
    place = _PLACE.match(text, at)
    if not place:
        return None
    name = place[0].rstrip(".,'’-")
    if (name.isupper() and len(name) < 6) or name.lower() in COUNTRIES or name.lower() in STATES or any(map(is_word, folded(name).split())):
        return None
    return at, at + len(name)


_BY_DIGITS = (
    (_NUMBER_AND_CAPITAL, _STREET),
    (_FIVE_DIGITS, _ZIP),
    (_BRITISH_END, _BRITISH),
    (_AFTER_AT, _DWELLS),
    (_SIX_DIGITS, _INDIAN),
    (_GERMAN_END, _GERMAN),
)


def _ways(words: str) -> frozenset[str]:
    """Each word in small letters, with a capital and in capitals, with a colon and without."""
    return frozenset(way + end for word in words.split() for way in (word, word.title(), word.upper()) for end in ("", ":"))


_BY_WORD = (
    (
        _ways("rue avenue boulevard chemin impasse allée quai calle avenida avda. carrera paseo plaza via viale corso piazza rua largo"),
        _ROMANCE,
    ),
    (_ways("box"), _BOX),
    (_ways("zip postcode postal code post"), _POSTAL),
    (_ways("address residence"), _LABEL),
    (_ways("address street residence city/state/zip"), _SMALL),
    (_ways("apt apt. apartment suite flat"), _FLAT),
)
_HINTS = frozenset().union(*(hints for hints, _ in _BY_WORD))
