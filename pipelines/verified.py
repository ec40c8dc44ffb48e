"""OUT beside its corpora: tables of stages, the account, the figures -> where they do not fit the shards"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from curate.terms import term
from curate.verify.account import corpus_figure_faults, figure_faults, kept_faults
from curate.verify.claims import INDEX, FileClaim, ShardClaim
from curate.verify.corpus import Looked, Read
from curate.verify.damage import Damage, shown
from curate.verify.files import read_small, sha256_of
from curate.verify.readers import Answer, Readers
from curate.verify.stages import Stage, read_published, read_stage
from curate.verify.strict import NoJson, strict_json
from pipelines.address import is_remote
from pipelines.place import Place, local_copy
from pipelines.published import PUBLISHED
from pipelines.settings import setting
from pipelines.tables import fingerprint
from pipelines.together import sizes_of, together

VERDICTS = "verdicts/"  # shared by the recipes of OUT; shards, shared too, are held against the index beside them
FACTS = ("ingest", "inspect")
DECISIONS = ("screen", "match", "shield", "dedup", "tag", "balance", "emit", "report")
RUN, FIGURES, PAGE = "run.json", "report/figures.json", "report/index.html"
EDITED = "not the one that its stage wrote: edited, or of another run"
Corpora = Sequence[tuple[Looked, Sequence[Read]]]


@dataclass(slots=True)
class Rest:
    """What of OUT is to be read beside its corpora, and what is wrong with it by names alone."""

    files: list[FileClaim] = field(default_factory=list)  # named by their path below OUT
    stages: list[Stage] = field(default_factory=list)
    run: Mapping[str, Any] = field(default_factory=dict)  # run.json
    figures: Mapping[str, Any] = field(default_factory=dict)
    published: dict[str, Mapping[str, str]] = field(default_factory=dict)  # recipe -> path -> SHA-256 of what its emit wrote beside shards
    damages: list[Damage] = field(default_factory=list)

    @property
    def recipe(self) -> str:
        """The recipe that OUT/verdicts and OUT/report tell of: several share them, the last one holds them."""
        return str(self.figures.get("recipe", ""))

    def stage(self, name: str, recipe: str) -> Stage | None:
        return next((stage for stage in self.stages if (stage.name, stage.recipe) == (name, recipe)), None)


def rest_of(out: Place, corpora: Sequence[Looked]) -> Rest:
    rest = Rest()
    rest.run = _object(out, RUN, rest)
    if not _running(rest) or (out / FIGURES).exists():
        rest.figures = _object(out, FIGURES, rest)
        if not (out / PAGE).is_file():
            rest.damages.append(Damage(PAGE, "missing"))
    indexes: list[Place] = sorted([*out.glob(f"stages/*/{INDEX}"), *out.glob(f"stages/*/*/{INDEX}")], key=str)
    for path in indexes:
        parts = path.relative_to(str(out)).parts
        stage, fault = _stage(path, name=parts[1], recipe=parts[2] if len(parts) == 4 else "")
        rest.damages += [Damage("/".join(parts), fault)] if fault else []
        rest.stages += [stage] if stage else []
    for stage in rest.stages:
        places = ("stages/", VERDICTS) if stage.recipe == rest.recipe else ("stages/",)
        rest.files += [file for file in stage.files if file.name.startswith(places)]
    for stage in rest.stages:
        if stage.name == "emit":
            rest.published[stage.recipe] = _published(out, stage, rest)
        if stage.name == "report" and stage.recipe == rest.recipe:
            rest.damages += _pages(out, _published(out, stage, rest))
    rest.damages += _unfinished(rest)
    rest.damages += _strange_verdicts(out, rest)
    for looked in corpora:
        if looked.claims:
            rest.damages += [looked.damage(INDEX, what) for what in _of_another_run(looked, rest)]
            rest.damages += [looked.damage(name, what) for name, what in _written_again(looked, rest)]
    rest.damages += _lost_corpora(out, rest, {looked.folder.name: looked for looked in corpora})
    return rest


def _object(out: Place, name: str, rest: Rest) -> Mapping[str, Any]:
    try:
        value = strict_json(read_small(out / name))
    except FileNotFoundError:
        rest.damages.append(Damage(name, "missing: the run did not end, or the copy is not whole"))
    except (OSError, NoJson) as error:
        rest.damages.append(Damage(name, str(error) if isinstance(error, NoJson) else f"cannot be read: {error.strerror}"))
    else:
        if isinstance(value, dict):
            return value
        rest.damages.append(Damage(name, "a JSON object wanted"))
    return {}


def _stage(path: Place, *, name: str, recipe: str) -> tuple[Stage | None, str]:
    try:
        return read_stage(read_small(path), name=name, recipe=recipe)
    except OSError as error:
        return None, f"cannot be read: {error.strerror}"


def _published(out: Place, stage: Stage, rest: Rest) -> Mapping[str, str]:
    path = PurePosixPath("stages", stage.name, stage.recipe, PUBLISHED)
    try:
        published, fault = read_published(read_small(out / path))
    except FileNotFoundError:
        published, fault = {}, "missing: what the stage wrote cannot be told from what someone wrote in its place"
    except OSError as error:
        published, fault = {}, f"cannot be read: {error.strerror}"
    rest.damages += [Damage(path.as_posix(), fault)] if fault else []
    return published


def _pages(out: Place, published: Mapping[str, str]) -> Iterator[Damage]:
    for name in (FIGURES, PAGE):
        if name in published and (out / name).is_file() and sha256_of(out / name, lambda count: None) != published[name]:
            yield Damage(name, EDITED)


def _ended(ran: Any) -> bool:
    return isinstance(ran, dict) and isinstance(ran.get("made_by"), dict)


def _running(rest: Rest) -> bool:
    recipes = rest.run.get("recipes")
    return isinstance(recipes, dict) and not all(map(_ended, recipes.values()))


def _unfinished(rest: Rest) -> Iterator[Damage]:
    """A run takes out of run.json what it was made by until it is done; then all its stages have an index."""
    recipes = rest.run.get("recipes")
    for name, ran in recipes.items() if isinstance(recipes, dict) else ():
        if not _ended(ran):
            yield Damage(RUN, f"the last run of recipe '{term(name)}' has not ended: 'corpus' ends it")
            continue
        needed = [*((stage, "") for stage in FACTS), *((stage, name) for stage in DECISIONS)]
        needed += [("rewrite", name)] if isinstance(recipe := ran["made_by"].get("recipe"), dict) and recipe.get("rewrite") else []
        for stage, of in needed:
            if rest.stage(stage, of) is None:
                yield Damage("/".join(filter(None, ("stages", stage, term(of), INDEX))), f"missing: recipe '{term(name)}' has run")


def _strange_verdicts(out: Place, rest: Rest) -> Iterator[Damage]:
    report = rest.stage("report", rest.recipe)
    if rest.recipe and report is None:
        yield Damage(f"stages/report/{term(rest.recipe)}/{INDEX}", f"missing: {FIGURES} tells of that recipe")
    named = {file.name for file in _verdicts_of(report)}
    for name in sorted(f"{VERDICTS}{path.name}" for path in (out / "verdicts").glob("*")):
        if name not in named:
            yield Damage(name, "a file of verdicts that no report names: of another run, or put here")


def _verdicts_of(report: Stage | None) -> list[FileClaim]:
    return [file for file in report.files if file.name.startswith(VERDICTS)] if report else []


def _of_another_run(looked: Looked, rest: Rest) -> Iterator[str]:
    """What an index says, against the stages it was made by."""
    assert looked.claims is not None, "asked of those that have"
    claims, name = looked.claims, looked.folder.name
    if claims.corpus != name:
        yield "it is the index of another corpus than its folder's name says"
    recipe = str(claims.recipe.get("id", ""))
    recipes = rest.run.get("recipes")
    ran = recipes.get(recipe) if isinstance(recipes, dict) else None
    if isinstance(ran, dict):
        resolved = ran.get("resolved")
        if ran.get("digest") != fingerprint(claims.recipe):
            yield f"its recipe is not the one in {RUN}: an older run made it, or the last one has not ended"
        if isinstance(resolved, dict) and {key: setting(value) for key, value in resolved.items()} != claims.settings:
            yield f"its settings are not those in {RUN}"
    elif rest.run:
        yield f"its recipe has not run here, by {RUN}"
    emit, balance = rest.stage("emit", recipe), rest.stage("balance", recipe)
    written = {file.name: (file.bytes, file.sha256) for file in emit.files} if emit else {}
    mine = {f"corpora/{name}/{shard.name}": (shard.bytes, shard.sha256) for shard in claims.shards}
    if emit is None:
        yield "its emit is not here, or has not ended"
    elif lost := [path for path in written if path.startswith(f"corpora/{name}/") and path not in mine]:
        yield f"emit wrote more shards: {shown([path.rpartition('/')[2] for path in lost])}"
    if balance and sorted(_planned(balance, name)) != sorted((shard.split, shard.rows) for shard in claims.shards):
        yield "balance has since planned other shards: run emit again"


def _written_again(looked: Looked, rest: Rest) -> Iterator[tuple[str, str]]:
    """Files that are as the index says, while emit has written others: an index is soon made to fit them."""
    claims, place = looked.claims, f"corpora/{looked.folder.name}/"
    emit = rest.stage("emit", str(claims.recipe.get("id", ""))) if claims else None
    if claims is None or emit is None:
        return
    published = rest.published.get(emit.recipe, {})
    wanted = {**{file.name: file.sha256 for file in emit.files}, **published}
    told = {file.name: file.sha256 for file in (claims.files if published else claims.shards)}
    for name, sha256 in {**told, **({INDEX: looked.sha256} if published else {})}.items():
        if wanted.get(f"{place}{name}") != sha256:
            yield name, EDITED if name == INDEX else "by the index another than emit wrote"


def _planned(balance: Stage, corpus: str) -> Iterator[tuple[str, int]]:
    for counts in balance.units.values():
        shards = counts.get("shards")
        for shard in shards if isinstance(shards, list) else ():
            if isinstance(shard, dict) and shard.get("corpus") == corpus:
                yield str(shard.get("split")), int(shard.get("rows") or 0)


def _lost_corpora(out: Place, rest: Rest, corpora: Mapping[str, Looked]) -> Iterator[Damage]:
    """Corpora of which emit's receipts stand, and that are not here."""
    for stage in rest.stages:
        if stage.name == "emit":
            lost = sorted(_standing(out, stage) - set(corpora))
            yield from (Damage(f"corpora/{term(name)}/", "missing: emit has written it") for name in lost)


def _standing(out: Place, emit: Stage) -> set[str]:
    """Corpora of which receipts stand; those that another recipe has written anew are none."""
    parts = out / "stages" / "emit" / emit.recipe / "parts"
    there = {path.name for path in parts.glob("*.json")}
    return {str(counts.get("corpus")) for unit, counts in emit.units.items() if f"{unit}.json" in there}


def read_rest(
    out: Place, rest: Rest, corpora: Corpora, readers: Readers, pool: ThreadPoolExecutor, *, quick: bool, step: Callable[[int], None]
) -> list[Damage]:
    """All that is wrong beside the corpora. `quick`: sizes alone, no verdict is read."""
    sizes = sizes_of(out, [file.name for file in rest.files])
    fault = partial(_file_fault, out, sizes, quick=quick, step=step)
    faults = together(out, fault, rest.files) if is_remote(out) else list(pool.map(fault, rest.files))
    damages = [*rest.damages, *(Damage(file.name, fault) for file, fault in zip(rest.files, faults, strict=True) if fault)]
    damages += _figures_of_corpora(rest, corpora)
    whole = {file.name for file, fault in zip(rest.files, faults, strict=True) if not fault}
    verdicts = _verdicts_of(rest.stage("report", rest.recipe))
    if not quick and verdicts and all(file.name in whole for file in verdicts):
        damages += _account(out, rest, verdicts, corpora, readers, pool)
    return damages


def _file_fault(out: Place, sizes: Callable[[str], int | None], file: FileClaim, *, quick: bool, step: Callable[[int], None]) -> str:
    path = out / file.name
    try:
        if (size := sizes(file.name)) is None:
            return "missing"
        if size != file.bytes:
            return f"{size:,} bytes found, {file.bytes:,} wanted"
        return "" if quick or sha256_of(path, step) == file.sha256 else "its SHA-256 is not the one its stage wrote down"
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _figures_of_corpora(rest: Rest, corpora: Corpora) -> list[Damage]:
    sizes = {
        looked.folder.name: {
            "after": looked.claims.rows, "shards": len(looked.claims.shards), "bytes": looked.claims.bytes,
            "splits": {split: rows for split, rows in looked.claims.splits.items() if rows},
        } if looked.claims else None
        for looked, _ in corpora
    }  # fmt: skip
    return _figured(lambda: corpus_figure_faults(rest.figures, sizes)) if rest.figures else []


def _figured(faults: Callable[[], Iterator[str]]) -> list[Damage]:
    try:
        return [Damage(FIGURES, fault) for fault in faults()]
    except (KeyError, TypeError, ValueError, AttributeError):  # somebody else's JSON
        return [Damage(FIGURES, "not the figures of a report")]


def _account(
    out: Place, rest: Rest, verdicts: Sequence[FileClaim], corpora: Corpora, readers: Readers, pool: ThreadPoolExecutor
) -> Iterator[Damage]:  # fmt: skip
    """One verdict for each sample; those kept are those in the shards of the recipe's corpora; the page tells of the same."""
    buckets = rest.run.get("buckets")
    if not isinstance(buckets, int) or buckets < 1:
        yield Damage(RUN, "no number of buckets")
        return

    def answer(file: FileClaim) -> Answer:
        bucket = PurePosixPath(file.name).stem
        with local_copy(out / file.name) as path:
            return readers.ask("verdicts", path, bucket=int(bucket) if bucket.isdecimal() else -1, buckets=buckets)

    answers = dict(zip([file.name for file in verdicts], pool.map(answer, verdicts), strict=True))
    faults = [Damage(name, fault) for name, found in answers.items() for fault in found.found["faults"]]
    yield from faults
    if faults:
        return
    yield from _figured(lambda: figure_faults(rest.figures, [fate for found in answers.values() for fate in found.found["fates"]]))
    mine = [(looked, reads) for looked, reads in corpora if looked.claims and looked.claims.recipe.get("id") == rest.recipe]
    shards = {f"{looked.label}{read.claim.name}": read for looked, reads in mine for read in reads if isinstance(read.claim, ShardClaim)}
    emit = rest.stage("emit", rest.recipe)
    all_here = emit is not None and _standing(out, emit) <= {looked.folder.name for looked, _ in mine}
    if all_here and all(read.answer and not read.damages for read in shards.values()):
        ids = {name: read.answer.arrays["ids"] for name, read in shards.items() if read.answer}
        yield from (Damage(*fault) for fault in kept_faults(ids, {name: found.arrays["ids"] for name, found in answers.items()}))
