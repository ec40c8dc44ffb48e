"""screened samples, the answers of a language model -> samples that say what it wrote, verdicts"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from curate.models.chat import Answer
from curate.models.tokens import load_tokenizer
from curate.recipe import Recipe
from curate.rewrite.prompts import load_prompt
from curate.rewrite.rewrite import VERSION, is_wanted, questions, rewritten
from curate.screen.again import screen_again
from pipelines.answers import Answers
from pipelines.asking import ask_all, cache_folder
from pipelines.place import place, remove_tree
from pipelines.progress import Address
from pipelines.run import Run
from pipelines.screen import digest_of, entries_by_part
from pipelines.stage import EachUnit, Plan, Unit, Worker
from pipelines.tables import Room
from schemas.arrow import from_table
from schemas.sample import Sample, Screened
from schemas.verdict import Fault, Verdict

STEP = 1_000  # samples that are rewritten, and counted on the progress bar, together


def plan_rewrite(run: Run) -> Plan | None:
    """A unit is a part of screened samples. Before any is begun, every answer that the missing ones take is asked for and kept: what
    follows reads them from there and asks nothing, so the server decides no bytes but once.

    None where the recipe has no rewrite; what an earlier one decided goes, so that OUT tells of none either."""
    room, rewrite = run.decisions("rewrite"), run.recipe.rewrite
    if rewrite is None:
        remove_tree(room.folder)
        return None
    parts = entries_by_part(run.index("screen", decided=True), "samples")
    units = [
        Unit(name=part, fingerprint=digest_of(files), weight=sum(entry.rows for entry in files)) for part, files in sorted(parts.items())
    ]
    worker = partial(
        Rewrite, room, samples=run.decisions("screen"), recipe=run.recipe, tokenizer=run.resolved["tokenizer"],
        network=run.options.network, answers=Answers(place(cache_folder(run.options))), refuses=refuses_credentialed(run.resolved),
    )  # fmt: skip
    recipe = run.recipe.plain()
    return Plan(
        room=room,
        version=VERSION,
        units=units,
        build=lambda address: EachUnit(worker(address)),
        processes=True,
        options={
            "rewrite": recipe["rewrite"],
            "prompt": load_prompt(rewrite.prompt).digest,
            "limits": recipe["limits"],
            "tokenizer": run.resolved["tokenizer"]["name"],
            "refuses_credentialed": refuses_credentialed(run.resolved),
        },
        prepare=partial(ask_all, run, lambda unit: wanted_samples(run.decisions("screen"), run.recipe, unit.name)),
    )


def refuses_credentialed(resolved: Mapping[str, Any]) -> bool:
    """Whether credentialed text is asked of nobody: the server is not known to be on this machine (manifests/README.md, section 12)."""
    return resolved["rewrite"]["credentialed"] == "refused"


def wanted_samples(room: Room, recipe: Recipe, part: str) -> Iterator[Sample]:
    """Those of one part of screen's samples whose answers are to be written anew."""
    assert recipe.rewrite is not None, "plan_rewrite has looked"
    samples = room.read("samples", Screened, part=part, columns=["sample"])["sample"]
    for start in range(0, len(samples), STEP):
        step = from_table(pa.Table.from_struct_array(samples.slice(start, STEP)), Sample)
        yield from (sample for sample in step if is_wanted(sample, recipe.rewrite))


class Rewrite(Worker):
    """Put the answers into the samples of one part. A part in which none is wanted is screen's own, named again."""

    def __init__(
        self, room: Room, address: Address | None, *, samples: Room, recipe: Recipe, tokenizer: Mapping[str, str], network: bool,
        answers: Answers, refuses: bool,
    ) -> None:  # fmt: skip
        super().__init__(room, address)
        self.samples, self.recipe, self.tokenizer, self.network = samples, recipe, dict(tokenizer), network
        self.answers, self.refuses = answers, refuses

    def ready(self) -> None:
        assert self.recipe.rewrite is not None, "plan_rewrite has looked"
        self.rewrite, self.prompt = self.recipe.rewrite, load_prompt(self.recipe.rewrite.prompt)
        self.index = self.samples.index()
        self.count = load_tokenizer(self.tokenizer["setting"], network=self.network).count

    def work(self, unit: Unit) -> None:
        if next(wanted_samples(self.samples, self.recipe, unit.name), None) is None:
            self._pass(unit)
            return
        table = self.samples.read("samples", Screened, index=self.index, part=unit.name)
        kept: list[Screened] = []
        refused: list[Verdict] = []
        as_was: Counter[str] = Counter()
        for start in range(0, len(table), STEP):
            samples = from_table(table.slice(start, STEP), Screened)
            for screened, result in zip(samples, self._results(samples), strict=True):
                if isinstance(result, Screened):
                    kept.append(result)
                elif self.rewrite.on_failure == "keep":
                    kept.append(screened)
                    as_was[result.reason] += 1
                else:
                    refused.append(_refuse(screened, result))
            self.reporter.step(len(samples))
        files = self.room.write_rows("samples", unit.name, kept, Screened) + self.room.write_rows("verdicts", unit.name, refused, Verdict)
        done = sum(each.rewritten > 0 for each in kept)
        self._sign(unit, files, kept=len(kept), rejected=len(refused), rewritten=done, as_was=dict(as_was))

    def _pass(self, unit: Unit) -> None:
        files = entries_by_part(self.index, "samples")[unit.name] if self.index else []
        self.reporter.step(unit.weight)
        self._sign(unit, files, kept=unit.weight, rejected=0, rewritten=0, as_was={})

    def _sign(self, unit: Unit, files: Sequence[Any], **counts: Any) -> None:
        self.room.sign(unit.name, unit.fingerprint, files, counts)

    def _results(self, samples: Sequence[Screened]) -> list[Screened | Fault]:
        """Of each sample: as it goes on, or why it cannot. Those not wanted go on as they are."""
        results: list[Screened | Fault] = [self._result(screened) for screened in samples]
        anew = [place for place, result in enumerate(results) if isinstance(result, Screened) and result.rewritten]
        again = screen_again([result for result in results if isinstance(result, Screened) and result.rewritten], self.count, self.recipe)
        for number, result in zip(anew, again, strict=True):
            results[number] = result
        return results

    def _result(self, screened: Screened) -> Screened | Fault:
        if not is_wanted(screened.sample, self.rewrite):
            return screened
        found = [self.answers.get(question.key) for question in questions(screened.sample, self.rewrite, self.prompt)]
        answers: list[Answer] = [answer for answer in found if answer is not None]
        if len(answers) < len(found):
            if screened.sample.access == "credentialed" and self.refuses:
                return Fault(reason="rewrite_refused", evidence=screened.sample.access)
            raise RuntimeError(f"an answer is gone from {self.answers.folder} since it was asked for; run again")
        sample = rewritten(screened.sample, answers, self.prompt)
        return sample if isinstance(sample, Fault) else dataclasses.replace(screened, sample=sample, rewritten=len(answers))


def _refuse(screened: Screened, fault: Fault) -> Verdict:
    return Verdict(
        id=screened.id, source=screened.sample.source, stage="rewrite", decision="rejected", reason=fault.reason, evidence=fault.evidence,
        winner="",
    )  # fmt: skip
