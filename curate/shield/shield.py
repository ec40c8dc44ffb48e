"""a sample, what is shielded -> the verdict if it touches an evaluation set"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from curate.manifest.keys import key_digest
from curate.shield.passages import Overlap
from curate.shield.questions import answered, asked
from curate.shield.rules import BY_IMAGE, BY_QUESTION, Asked, Benchmark, Evaluation, Touch
from schemas.sample import Key, Sample
from schemas.verdict import Verdict

# counted anew by each publisher: patient 2 of one source is not patient 2 of another
OF_ONE_SOURCE = frozenset({"patient", "study", "document", "case", "lesion", "video"})


def shield(samples: Iterable[Sample], against: Evaluation) -> Iterator[Verdict]:
    """A verdict for every sample that touches an evaluation set: reasons `shield_key`, `shield_image`, `shield_near_image`,
    `shield_image_question`, `shield_question`, `shield_near_question`, `shield_text`. The evidence begins with the benchmark's id and a
    colon; the winner is the benchmark's row, '' where only a digest of its key is known. What is decided of a sample depends on it and on
    the evaluation sets alone; all are looked at together, which is fast."""
    samples = list(samples)
    overlapping = overlaps(samples, against)
    verdicts = (verdict_of(sample, against, overlapping.get(number, {})) for number, sample in enumerate(samples))
    return (verdict for verdict in verdicts if verdict is not None)


def overlaps(samples: Sequence[Sample], against: Evaluation) -> dict[int, dict[str, Overlap]]:
    """Number of the sample -> benchmark -> what a turn of it shares with a passage; of several what is told first."""
    places = [(number, turn.text) for number, sample in enumerate(samples) for turn in sample.turns] if against.passages else []
    best: dict[int, dict[str, Overlap]] = {}
    for place, overlap in against.passages.found([text for _, text in places]):
        of_sample = best.setdefault(places[place][0], {})
        known = of_sample.get(overlap.passage.benchmark)
        if known is None or overlap.order < known.order:
            of_sample[overlap.passage.benchmark] = overlap
    return best


def counted(verdicts: Iterable[Verdict]) -> dict[str, dict[str, int]]:
    """Benchmark -> rule -> samples refused by it: 'key <name>', 'bytes', 'pixels', 'phash', 'near image', each also with ', same question';
    'question', 'question and answer', 'near question', 'words in a row', 'answer'."""
    counts = Counter(_rule_of(verdict) for verdict in verdicts)
    found: dict[str, dict[str, int]] = {}
    for (benchmark, rule), count in sorted(counts.items()):
        found.setdefault(benchmark, {})[rule] = count
    return found


def _rule_of(verdict: Verdict) -> tuple[str, str]:
    benchmark, _, how = verdict.evidence.partition(": ")
    rule = re.sub(r"^\d+ | \d+$", "", how.split(",")[0])
    return benchmark, f"{rule}, same question" if verdict.reason == "shield_image_question" else rule


def verdict_of(sample: Sample, against: Evaluation, overlapping: dict[str, Overlap]) -> Verdict | None:
    """The first touch by benchmark id; in a benchmark by key before image before question: a publisher's identity outlives re-encoding."""
    places = [against.cluster(image) for image in sample.images]
    reached = bool(sample.keys) or any(place in against.by_image or place in against.by_near for place in places)
    if not (reached or overlapping or against.by_question):
        return None  # most samples: what they ask is not even put into words
    questions = asked(sample) if against.by_question or against.by_image or against.by_key else frozenset()
    asking = _asking(sample, against, questions)
    if not (reached or overlapping or asking):
        return None
    for benchmark in against.benchmarks:
        rule = benchmark.rule_for(sample.source)
        if rule == "none":
            continue
        same = questions if rule == "image+question" else None
        verdict = _by_key(sample, benchmark, against, same)
        if verdict is None and rule in BY_IMAGE:
            verdict = _by_image(sample, benchmark, against, same) or _by_near_image(sample, benchmark, against, same)
        if verdict is None and rule in BY_QUESTION:
            if benchmark.id in asking:
                verdict = _by_question(sample, asking[benchmark.id])
            elif benchmark.id in overlapping:
                verdict = _by_overlap(sample, overlapping[benchmark.id])
        if verdict is not None:
            return verdict
    return None


def _asking(sample: Sample, against: Evaluation, questions: frozenset[bytes]) -> dict[str, Asked]:
    """Benchmark -> its first row that asks what the sample asks and, where that is too short, answers what it answers."""
    found = {row for digest in questions for row in against.by_question.get(digest, ())}
    said = answered(sample) if found else frozenset()
    fitting = [row for row in found if row.answers is None or row.answers & said]
    return {row.benchmark: row for row in sorted(fitting, key=lambda row: (row.row, row.answers is not None), reverse=True)}


def _by_key(sample: Sample, benchmark: Benchmark, against: Evaluation, questions: frozenset[bytes] | None) -> Verdict | None:
    for key in sample.keys:
        if not benchmark.goes_by(key.name) or (sample.source != benchmark.of and is_of_one_source(key, sample)):
            continue
        digest = key_digest(key.name, key.value)
        touch = _touch(against.by_key.get(digest, ()), benchmark, questions)
        if touch is not None:
            return _rejected(sample, "shield_key", f"{benchmark.id}: key {key.name}", touch.row, questions)
        if digest in benchmark.known_keys and questions is None:  # a digest alone tells no question
            return _rejected(sample, "shield_key", f"{benchmark.id}: key {key.name}", "", questions)
    return None


def is_of_one_source(key: Key, sample: Sample) -> bool:
    """Whether the key means nothing beside another source's. A figure's means something where it begins with its article's, as all
    shipped manifests write it ('PMC100_abc-1-g001.jpg' of PMC100, '1234_F1' of 1234, 'ab/Figure1' of ab); 'Figure1' alone does not."""
    if key.name != "figure":
        return key.name in OF_ONE_SOURCE
    articles = (other.value for other in sample.keys if other.name == "article" and other.value)
    return not any(re.match(re.escape(article) + r"[\W_]", key.value) for article in articles)


def _by_image(sample: Sample, benchmark: Benchmark, against: Evaluation, questions: frozenset[bytes] | None) -> Verdict | None:
    for image in sample.images:
        touch = _touch(against.by_image.get(against.cluster(image), ()), benchmark, questions)
        if touch is not None:
            proof = against.proofs.between(image, touch.image)
            return _rejected(sample, "shield_image", f"{benchmark.id}: {proof}", touch.row, questions)
    return None


def _by_near_image(sample: Sample, benchmark: Benchmark, against: Evaluation, questions: frozenset[bytes] | None) -> Verdict | None:
    for image in sample.images:
        touch = _touch(against.by_near.get(against.cluster(image), ()), benchmark, questions)
        if touch is not None:
            return _rejected(sample, "shield_near_image", f"{benchmark.id}: near image, {touch.near}", touch.row, questions)
    return None


def _by_question(sample: Sample, row: Asked) -> Verdict:
    evidence = f"{row.benchmark}: question{'' if row.answers is None else ' and answer'}"
    return _rejected(sample, "shield_question", evidence, row.row, None)


def _by_overlap(sample: Sample, overlap: Overlap) -> Verdict:
    """In its evidence `share` is of the words that not every text has."""
    passage, share = overlap.passage, f"{overlap.share:.2f}"
    reason = "shield_near_question" if (passage.what, overlap.way) == ("question", "near") else "shield_text"
    how = f"near {passage.what}" if overlap.way == "near" else f"{overlap.run:.0f} words in a row"
    of = "the sample's" if overlap.way == "cut" else "its"
    return _rejected(sample, reason, f"{passage.benchmark}: {how}, {share} of {of} words", passage.row, None)


def _touch(touches: Iterable[Touch], benchmark: Benchmark, questions: frozenset[bytes] | None) -> Touch | None:
    """The benchmark's first row among `touches` that has, where questions count, one of them."""
    own = (touch for touch in touches if touch.benchmark == benchmark.id)
    return next((touch for touch in own if questions is None or touch.questions & questions), None)


def _rejected(sample: Sample, reason: str, evidence: str, winner: str, questions: frozenset[bytes] | None) -> Verdict:
    return Verdict(
        id=sample.id,
        source=sample.source,
        stage="shield",
        decision="rejected",
        reason=reason if questions is None else "shield_image_question",
        evidence=evidence if questions is None else f"{evidence}, same question",
        winner=winner,
    )
