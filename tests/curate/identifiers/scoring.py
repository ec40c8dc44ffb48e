"""planted sentences, and what was found in them -> how many identifiers were found, by kind; what else went; what is left"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from curate.identifiers.kinds import PLACEHOLDERS, Found, Kind
from tests.curate.identifiers.planted import Planted, Span

Find = Callable[[str, str], Sequence[Found]]
RELATED: tuple[frozenset[Kind], ...] = (
    frozenset({"name", "address"}),
    frozenset({"date", "age"}),
    frozenset({"email", "url", "ip"}),
    frozenset({"phone", "fax", "ssn", "mrn", "accession", "plan", "account", "license", "vehicle", "device"}),
)
HARMLESS = re.compile(r"\d\d?:\d\d(?::\d\d)?|\b(?:19|20)\d\d\b")  # hours and years may go with a date
TITLES = frozenset(  # what may go with a name, a date, an age, a number
    """
    age aged am apt at ca crna do doctor dr ext f fax frcr ftp http https id ii iii jr mailto mbbs md miss mr mrs ms nd no
    number o of old on p phd phone pm prof professor rd rn sir sr st t tel th the us usa www x y year years yo yrs z
    """.split()  # noqa: SIM905
)


@dataclass(slots=True)
class Score:
    total: Counter[str] = field(default_factory=Counter)  # planted, by kind
    found: Counter[str] = field(default_factory=Counter)  # by a find of the kind or a related one
    exact: Counter[str] = field(default_factory=Counter)  # by finds of that very kind
    covered: Counter[str] = field(default_factory=Counter)  # by finds of whatever kind
    missed: list[tuple[Planted, Span, str]] = field(default_factory=list)  # with what of it is left
    spilled: list[tuple[Planted, str]] = field(default_factory=list)  # words outside that went too

    def recall(self, kind: str) -> float:
        return self.found[kind] / self.total[kind]


def score(planted: Iterable[Planted], find: Find) -> Score:
    told = Score()
    for sentence in planted:
        finds = find(sentence.text, sentence.language)
        for span in sentence.spans:
            _judge(sentence, span, finds, told)
        told.spilled += [(sentence, word) for word in spilled(sentence, finds)]
    return told


def _judge(sentence: Planted, span: Span, finds: Sequence[Found], told: Score) -> None:
    near = next(group for group in RELATED if span.kind in group)
    over = [found for found in finds if found.start < span.end and span.start < found.end]
    gone = {place for found in over if found.kind in near for place in range(found.start, found.end)}
    left = "".join(sentence.text[place] for place in span.needed if place not in gone)
    told.total[span.kind] += 1
    told.found[span.kind] += not left
    told.covered[span.kind] += all(any(found.start <= place < found.end for found in over) for place in span.needed)
    told.exact[span.kind] += not left and {found.kind for found in over} == {span.kind}
    if left:
        told.missed.append((sentence, span, left))


def spilled(sentence: Planted, finds: Sequence[Found]) -> list[str]:
    """Words of the text around the identifiers that a find takes with it."""
    own = {place for span in sentence.spans for place in range(span.start, span.end)}
    taken = {place for found in finds for place in range(found.start, found.end)} - own
    beside = "".join(sign if place in taken else " " for place, sign in enumerate(sentence.text))
    return [word for word in re.findall(r"\w+", HARMLESS.sub(" ", beside)) if word.lower() not in TITLES]


def leftovers(sentence: Planted, scrubbed: str) -> list[str]:
    """Pieces of three letters or digits and more of identifiers that can still be read, more often than the rest says them."""
    own = {place for span in sentence.spans for place in span.needed}
    rest = Counter(_pieces("".join(" " if place in own else sign for place, sign in enumerate(sentence.text))))
    out = scrubbed
    for placeholder in PLACEHOLDERS.values():
        out = out.replace(placeholder, " ")
    after = Counter(_pieces(out))
    pieces = {
        piece
        for span in sentence.spans
        for piece in _pieces("".join(sentence.text[p] if p in own else " " for p in range(span.start, span.end)))
    }
    return sorted(piece for piece in pieces if len(piece) >= 3 and after[piece] > rest[piece])


def _pieces(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)
