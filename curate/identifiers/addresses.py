"""text -> addresses: streets, boxes, towns with a post code, the town that one lives in, the room that one lies in

A town, a hospital or a university alone is none: they are in every line of authors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curate.identifiers.kinds import Found
from curate.identifiers.name_words import folded, is_word
from curate.identifiers.places import COUNTRIES, STATE, STATES

_WORD = r"(?:(?:St|Ft|Mt|N|S|E|W|Dr|ST|FT|MT)\. )?[A-ZÀ-ÖØ-Þ](?:[^\W\d_]|['’-]){0,24}(?!\w)"
_STREETS = (
    r"Street|Avenue|Road|Lane|Drive|Boulevard|Court|Place|Square|Terrace|Parkway|Highway|Circle|Crescent|Close|Way|Trail|Alley|Mews|Grove|Plaza|Row|Gardens|Turnpike|Walk|Hill|Pike|Loop"
    r"|St|Ave|Av|Rd|Ln|Dr|Blvd|Ct|Pl|Sq|Ter|Pkwy|Hwy|Cir|Cres|Trl|Aly"
)
_UNIT = r"(?:,?[ ]\d{1,2}(?:st|nd|rd|th)[ ][Ff]loor)?(?:[ ]?,?[ ]{0,2}(?:(?:[Aa]pt|[Aa]partment|[Ss]uite|[Ss]te|[Uu]nit|[Ff]lat|[Ff]loor|[Rr]oom|[Rr]m|APT|SUITE|UNIT)\b\.?[ ]?#?|#)[ ]?[\w-]{1,6})?"
_CODE = r"(?:\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[A-Z]{2}|[A-Z]\d[A-Z][ ]?\d[A-Z]\d)(?!\w)"
_TOWN = rf"(?:{_WORD}[ ]){{0,3}}{_WORD}"
_TAIL = rf"(?:[ ]?[,\n][ ]{{0,2}}{_TOWN})?(?:[ ]?,?[ ]{{1,2}}{STATE}(?!\w))?(?:[ ]?,?[ ]{{1,2}}{_CODE})?"
_STREET = re.compile(
    rf"(?<![\w.,:/-])(?:(?:[Nn]o\.?[ ]?)?\d{{1,5}}(?:[A-Da-d]|-\d{{1,4}})?|One|Two|Three),?[ ](?:(?:N|S|E|W|NE|NW|SE|SW)\b\.?[ ])?(?:(?:{_WORD}|\d{{1,3}}(?:st|nd|rd|th)|of|the)[ ]){{1,4}}"
    rf"(?P<kind>{_STREETS}|{_STREETS.upper()})\b\.?(?:[ ](?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\b)?{_UNIT}{_TAIL}"
)
_ROMANCE = re.compile(
    rf"(?<!\w)(?:\d{{1,4}}(?:[ ]?bis|[ ]?ter)?,?[ ])?(?:rue|Rue|avenue|Avenue|boulevard|Boulevard|chemin|Chemin|impasse|allée|Allée|quai|Quai|Calle|calle|Avenida|Avda\.|Carrera|Paseo|Plaza|Via|Viale|Corso|Piazza|Rua|Largo|Travessa)"
    rf"[ ](?:(?:de|du|des|la|las|los|le|les|d['’]|del|della|dei|do|da|dos|l['’])[ ]?){{0,2}}(?:{_WORD}[ ]?){{1,4}}(?P<number>,?[ ]?(?:n[º°.o]?[ ]?)?\d{{1,4}})?(?:[ ]?,?[ ]\d{{4,5}}[ ]{_WORD})?"
)
_GERMAN = re.compile(rf"(?<!\w){_WORD}?(?:straße|strasse|str\.|gasse|platz|allee|weg|laan|straat|gade|gatan|vägen|veien)[ ]\d{{1,4}}[ ]?[a-z]?\b(?:[ ]?,?[ ]\d{{4,5}}[ ]{_WORD})?")
_BOX = re.compile(rf"(?<!\w)(?:P\.?[ ]?O\.?[ ]?|Post Office |p\.?o\.? ?)(?:Box|BOX|box)[ ]?#?\d{{1,6}}{_TAIL}")
_ZIP = re.compile(rf"(?<!\w)(?P<town>{_TOWN})[ ]?,?[ ]{{1,2}}{STATE}\.?[ ]?,?[ ]{{1,2}}\d{{5}}(?:-\d{{4}})?(?![\w-])")
_POSTAL = re.compile(rf"(?<!\w)(?:[Zz]ip|ZIP|[Pp]ost|[Pp]ostal|POSTAL)[ ]?-?(?:[Cc]ode|CODE)?[ ]?[:#]?[ ]{{0,2}}(?P<code>\d{{5}}(?:-\d{{4}})?|{_CODE}|\d{{4,6}})(?!\w)")
_BRITISH = re.compile(rf"(?<!\w)(?P<town>[A-Z][a-z]{{2,24}})[ ]?,?[ ]{{1,2}}[A-Z]{{1,2}}\d[A-Z\d]?[ ]\d[A-Z]{{2}}(?!\w)")
_LABEL = re.compile(r"(?<![\w-])(?:(?:[Hh]ome|[Mm]ailing|[Pp]ostal|[Ss]treet|[Pp]atient|[Cc]urrent|[Pp]ermanent|HOME|MAILING|PATIENT)[ ])?(?:[Aa]ddress|ADDRESS|[Rr]esidence|RESIDENCE)[ ]?[:=][ ]{0,6}(?P<place>[A-Z0-9][^\n;|:@]{2,90})")
_LIVES = re.compile(
    r"(?<![a-zA-Z])(?:(?:[Ll]ives?|[Ll]ived|[Ll]iving|[Rr]esides?|[Rr]esiding|[Rr]esided|[Rr]esident|[Hh]ome|[Bb]orn|[Gg]rew up|[Mm]oved|[Rr]elocated|[Bb]ased|[Ee]mployed|[Vv]isiting)"
    r"(?:[ ](?:alone|with (?:his|her|their|my) [a-z]{3,10}|currently|now|back|and raised|outside))?[ ](?:in|at|to|near|of)|[Rr]esidents? of|[Nn]ative of"
    r"|(?:I am|I['’]m|[Hh]e is|[Ss]he is|[Pp]atient|[Mm]an|[Ww]oman|[Ff]armer|[Ww]orker|[Tt]eacher|[Gg]entleman|[Ll]ady|[Bb]oy|[Gg]irl|(?:who|I|[Hh]e|[Ss]he) (?:comes?|came)|originally|hails|[Ww]riting) from"
    r"|[Hh]ometown(?: is| of|:)|[Cc]ity:|[Tt]own:)[ ]{1,2}(?:the (?:city|town|village|suburbs) of )?(?=[A-ZÀ-Þ])"
)
_PLACE = re.compile(rf"{_WORD}(?:[ -](?:{_WORD}|on|de|la|del|upon|am|sur)){{0,3}}")
_ROOM = re.compile(
    r"(?<!\w)(?:(?:Room|ROOM|Rm\.?|Bed|BED|Ward|WARD|Bay)[ ]?(?:[Nn]o\.?[ ]?|#|:[ ]?)?\d{1,4}[A-Z]?(?:-\d{1,3})?\b|(?<=in )(?:room|bed|ward|bay)[ ](?:no\.?[ ]?|#)?\d{1,4}[A-Za-z]?\b)"
    r"(?:,?[ ](?:in[ ])?(?:Room|ROOM|Rm\.?|Bed|BED|Ward|WARD|Bay|room|bed|ward|bay)[ ]?#?\d{1,4}[A-Z]?\b){0,2}"
)
_FLAT = re.compile(r"(?<!\w)(?:Apt|APT|Apartment|Suite|Flat)\b\.?[ ]?#?(?:\d{1,4}[A-Z]?|[A-Z]\d{0,3})\b")
_NUMBER_AND_CAPITAL = re.compile(r"\d[A-Da-d]?,? (?:[A-ZÀ-Þ]|\d{1,3}[snrt][tdh] )")
_FIVE_DIGITS = re.compile(r"\d{5}(?!\d)")
_BRITISH_END = re.compile(r"\d[A-Z\d]? \d[A-Z]{2}(?!\w)")
_AMBIGUOUS = frozenset("St Dr Ct Pl Sq Ter Cir Av Way Close Place Row Court Walk Hill Loop Pike Trail Square Circle Plaza Grove Drive".split()) - {"St"}
_SENTENCE = re.compile(r"\.? (?=[A-Z][a-z]+ [a-z]{2,} )|  +(?=[A-Z][a-z]+ ?#)")


def found(text: str) -> Iterator[Found]:
    for pattern in _worth_a_look(text):
        for match in pattern.finditer(text):
            if span := _span(text, match):
                yield Found(*span, "address")


def _worth_a_look(text: str) -> Iterator[re.Pattern[str]]:
    """The patterns that something in the text speaks for: most texts of medicine hold nothing of an address."""
    if _NUMBER_AND_CAPITAL.search(text):
        yield _STREET
    if _FIVE_DIGITS.search(text):
        yield _ZIP
    if _BRITISH_END.search(text):
        yield _BRITISH
    for pattern, hints in _BY_HINTS:
        if any(hint in text for hint in hints):
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
    if pattern is _STREET and match["kind"].title() in _AMBIGUOUS and _says_words(match):
        return None
    if pattern is _ROMANCE and not (match["number"] or match[0][0].isdigit()):
        return None
    return match.span()


def _says_words(match: re.Match[str]) -> bool:
    """'2 Left Lateral Row', '12 Lead ST': numbers and capitals of medicine."""
    between = match.string[match.start() : match.start("kind")].split()[1:]
    return match["kind"].isupper() and not between[0].isupper() or any(is_word(word) for word in between if word[0].isupper())


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


_BY_HINTS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (_LIVES, ("ive ", "ives ", "ived ", "iving ", "esid", "orn ", "rew up", "oved ", "located ", "from ", "ometown", "City:", "Town:", "ative ", "ased in", "ome in ", "isiting ", "mployed")),
    (_ROMANCE, tuple(f"{kind} " for kind in "rue Rue avenue Avenue boulevard Boulevard chemin Chemin impasse llée uai Calle calle Avenida Avda. Carrera Paseo Plaza Via Viale Corso Piazza Rua Largo Travessa".split())),
    (_GERMAN, ("straße ", "strasse ", "str. ", "gasse ", "platz ", "allee ", "weg ", "laan ", "straat ", "gade ", "gatan ", "vägen ", "veien ")),
    (_BOX, ("Box", "BOX", "box")),
    (_POSTAL, ("ip", "IP", "ost", "OST")),
    (_LABEL, ("ddress", "DDRESS", "esidence", "ESIDENCE")),
    (_ROOM, ("Room", "ROOM", "Rm", "Bed", "BED", "Ward", "WARD", "Bay", "room", "bed ", "ward ")),
    (_FLAT, ("Apt", "APT", "Apartment", "Suite", "Flat")),
)
