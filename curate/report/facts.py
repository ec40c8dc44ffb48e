"""What the figures need and no table of samples holds: manifests, the recipe, indexes, what the run measured"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from curate.report.texts import TextFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    id: str
    title: str
    homepage: str = ""
    tasks: tuple[str, ...] = ()
    published: int | None = None  # rows the publisher says there are; None: not said
    license: str = "unknown"  # as the manifest has it; per-record licences are counted from the samples
    access: str = "open"
    incomplete: str = ""  # why not all of it could be read; '' if all was
    missing: bool = False  # asked for, but no folder of it was found


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkFacts:
    id: str
    title: str
    rows: int = 0  # found on disk
    covered: int = 0  # of them those of which something was compared
    keys: int = 0  # publishers' keys that were compared, those that ship as digests among them
    images: int = 0  # that were compared
    questions: int = 0  # that were compared, word for word
    texts: int = 0  # of its rows, that were looked for in part and changed a little too
    state: str = "not shielded"  # shielded, partly, not shielded
    why: str = ""  # what is lacking
    own_train: str = "image+question"  # rule for the benchmark's own train split
    others: str = "image"  # rule for every other source


@dataclass(frozen=True, slots=True, kw_only=True)
class ShieldFacts:
    """Samples of one source that were refused because they touch one evaluation set, by what found it."""

    benchmark: str
    source: str
    rule: str  # as shield counts them: 'bytes', 'near question', 'key synpic' ...
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFacts:
    """What balance did with one modality, or one group outside the twelve."""

    name: str
    outside: bool  # of the twelve
    supply: int  # samples that entered balance and are of the corpus's tasks and sources
    selected: int
    target: float | None  # share wanted of the twelve, renormalised over those present; outside: its largest share; None: none
    weighted: float  # share that a trainer sees who samples by weight
    shortfall: float  # samples missing to the target at the size the corpus has
    why: str = ""  # it has not another share, in balance's words (curate.report.balanced.WHY); '': it is as wanted
    cut: tuple[tuple[str, int], ...] = ()  # reason -> samples left out, the most first
    floor: int | None = None  # samples to which its floor keeps it
    floor_met: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFacts:
    """What one source gives of one cell."""

    name: str
    source: str
    supply: int
    selected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitFacts:
    """A limit of the recipe, other than the targets, that left samples out."""

    reason: str
    name: str  # source, or group outside the twelve; '': the whole corpus
    most: int | None  # samples that it lets in
    cut: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FixFacts:
    """What more samples of one modality would do, planned anew."""

    name: str
    task: str  # that is balanced by itself; ''
    more: int  # samples
    gain: int  # by which the samples of the twelve grow
    then: tuple[str, ...] = ()  # what binds after that
    enough: bool = False  # more than these alone would hardly help


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusFacts:
    name: str
    title: str = ""
    path: str = ""  # relative to OUT
    mode: str = "cap"
    cap: float = 1.25
    sizes: Mapping[str, int] = field(default_factory=dict)  # mode -> samples of the twelve it would keep
    binds: tuple[str, ...] = ()  # modalities that keep the corpus from being larger
    cells: tuple[CellFacts, ...] = ()
    feeds: tuple[FeedFacts, ...] = ()  # by cell, then the most selected first
    limits: tuple[LimitFacts, ...] = ()  # the most left out first
    fixes: tuple[FixFacts, ...] = ()  # the largest gain for a sample first
    shards: int = 0
    bytes: int = 0  # of all shards
    choices: Mapping[str, int] = field(default_factory=dict)  # of multiple-choice questions that are opened: 'open', or why not -> samples
    mixtures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # that it is drawn in -> share, probability, repeat, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTime:
    stage: str
    seconds: float
    rows: int  # samples or images it went through
    unit: str = "samples"
    reused: bool = False  # nothing to do: its tables stood from an earlier run


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFault:
    source: str
    file: str
    reason: str = ""  # a fixed word
    found: str
    wanted: str
    table: str = ""  # of the manifest, that reads it
    row: int = -1  # the first that it costs; -1: it is of the file as a whole
    rows: int = 0  # that it costs
    notice: bool = False  # of some rows alone: the source is complete


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyFacts:
    """How match came to know copies of images, each proof counted apart: members of clusters but for the first of each, then pairs."""

    images: int  # that were compared: decoded, not blank
    bytes: int  # known by equal files
    pixels: int  # by equal pixels
    phash: int  # by a near pHash that the second look at pixels confirmed
    phash_confirmed: int  # pairs of near pHash
    phash_refused: int  # pairs of near pHash that the second look took for two pictures
    phash_crowded: int = 0  # images with so many candidates that only the nearest were looked at
    leaks: int = 0  # images that look like one of an evaluation set, though not near enough to be taken for copies of it


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    recipe: str
    title: str
    out: str  # where the corpus lies, as the user named it
    started: str = ""  # ISO 8601, UTC
    version: str = ""  # of the program
    limit: int | None = None  # rows a table; None: all
    inputs: Mapping[str, int] = field(default_factory=dict)  # per source, as the readers counted them
    sources: tuple[SourceFacts, ...] = ()
    benchmarks: tuple[BenchmarkFacts, ...] = ()
    shields: tuple[ShieldFacts, ...] = ()
    corpora: tuple[CorpusFacts, ...] = ()
    times: tuple[StageTime, ...] = ()
    faults: tuple[FileFault, ...] = ()
    notices: tuple[FileFault, ...] = ()  # files some rows of which are not as their manifest says
    settings: Mapping[str, str] = field(default_factory=dict)  # what 'auto' resolved to: tokenizer, tagger, device
    copies: CopyFacts | None = None
    text: TextFacts = field(default_factory=TextFacts)
