"""a sample, what is shielded -> the verdict if it touches an evaluation set"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from curate.manifest.keys import key_digest
from curate.shield.questions import answered, asked
from curate.shield.rules import BY_IMAGE, BY_QUESTION, Asked, Benchmark, Evaluation, Touch, questions_of
from schemas.sample import Key, Sample
from schemas.verdict import Verdict

# counted anew by each publisher: patient 2 of one source is not patient 2 of another
OF_ONE_SOURCE = frozenset({"patient", "study", "document", "case", "lesion", "video"})


def shield(samples: Iterable[Sample], against: Evaluation) -> Iterator[Verdict]:
    """A verdict for every sample that touches an evaluation set: reasons `shield_key`, `shield_image`, `shield_image_question`,
    `shield_question`. The evidence begins with the benchmark's id and a colon; the winner is the benchmark's row, '' where only a digest
    of its key is known."""
    return (verdict for verdict in (verdict_of(sample, against) for sample in samples) if verdict is not None)


def verdict_of(sample: Sample, against: Evaluation) -> Verdict | None:
    """The first touch by benchmark id; in a benchmark by key before image before question: a publisher's identity outlives re-encoding."""
    asking = _asking(sample, against)
    for benchmark in against.benchmarks:
        rule = benchmark.rule_for(sample.source)
        if rule == "none":
            continue
        questions = frozenset(questions_of(sample)) if rule == "image+question" else None
        verdict = _by_key(sample, benchmark, against, questions)
        if verdict is None and rule in BY_IMAGE:
            verdict = _by_image(sample, benchmark, against, questions)
        if verdict is None and rule in BY_QUESTION and benchmark.id in asking:
            verdict = _by_question(sample, asking[benchmark.id])
        if verdict is not None:
            return verdict
    return None


def _asking(sample: Sample, against: Evaluation) -> dict[str, Asked]:
    """Benchmark -> its first row that asks what the sample asks and, where that is too short, answers what it answers."""
    if not against.by_question:
        return {}
    found = {row for digest in asked(sample) for row in against.by_question.get(digest, ())}
    said = answered(sample) if found else frozenset()
    fitting = [row for row in found if row.answers is None or row.answers & said]
    return {row.benchmark: row for row in sorted(fitting, key=lambda row: (row.row, row.answers is not None), reverse=True)}


def _by_key(sample: Sample, benchmark: Benchmark, against: Evaluation, questions: frozenset[str] | None) -> Verdict | None:
    for key in sample.keys:
        if sample.source != benchmark.of and is_of_one_source(key, sample):
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


def _by_image(sample: Sample, benchmark: Benchmark, against: Evaluation, questions: frozenset[str] | None) -> Verdict | None:
    for image in sample.images:
        touch = _touch(against.by_image.get(against.cluster(image), ()), benchmark, questions)
        if touch is not None:
            proof = against.proofs.between(image, touch.image)
            return _rejected(sample, "shield_image", f"{benchmark.id}: {proof}", touch.row, questions)
    return None


def _by_question(sample: Sample, row: Asked) -> Verdict:
    evidence = f"{row.benchmark}: question{'' if row.answers is None else ' and answer'}"
    return _rejected(sample, "shield_question", evidence, row.row, None)


def _touch(touches: Iterable[Touch], benchmark: Benchmark, questions: frozenset[str] | None) -> Touch | None:
    """The benchmark's first row among `touches` that has, where questions count, one of them."""
    own = (touch for touch in touches if touch.benchmark == benchmark.id)
    return next((touch for touch in own if questions is None or touch.questions & questions), None)


def _rejected(sample: Sample, reason: str, evidence: str, winner: str, questions: frozenset[str] | None) -> Verdict:
    return Verdict(
        id=sample.id,
        source=sample.source,
        stage="shield",
        decision="rejected",
        reason=reason if questions is None else "shield_image_question",
        evidence=evidence if questions is None else f"{evidence}, same question",
        winner=winner,
    )
