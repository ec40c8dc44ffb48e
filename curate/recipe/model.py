"""What a recipe says, as frozen dataclasses: sources, limits, shields, target shares, mixtures"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from schemas.image import Rendering
from schemas.sample import Task

RECALL = 0.995  # of near texts by the bands that `auto` takes; what they find is verified, so misses cost more than refusals
ALL_TASKS: tuple[str, ...] = Task.__args__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    min_side: int = 64  # Lingshu, section 2.1.4: "smaller than 64 pixels"; 64 itself stays
    side: Literal["min", "max", "both"] = "min"  # which side the limit is put to
    min_tokens: int = 10  # Lingshu, section 2.1.4; inclusive; captions only
    max_tokens: int = 1024
    tokenizer: str = "auto"  # auto, clip-bpe, or a tokenizer.json, folder or name that transformers opens
    drop_blank: bool = True
    burned_in: Literal["refuse", "refuse_stated", "blank", "keep"] = "refuse"  # text in pixels; stated, suspected or seen: refuse
    identifiers: Literal["scrub", "refuse", "keep"] = "scrub"  # of persons, in captions, reports, dialogues (45 CFR 164.514(b)(2))
    identifier_tasks: tuple[str, ...] = ("caption", "report", "dialogue")  # in which they are looked for: what people wrote of patients


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """Answers that a language model writes anew, behind a server that the command line names; after Lingshu, section 2.1.4."""

    model: str  # as its server calls it
    prompt: str = "doctor"  # a wording of curate/rewrite/prompts.yaml
    tasks: tuple[str, ...] = ("dialogue",)
    sources: tuple[str, ...] = ()  # ids, or <id>/<table>; empty: all
    temperature: float = 0.0
    max_tokens: int = 1024  # of an answer; one that is cut there is refused
    seed: int = 0
    on_failure: Literal["reject", "keep"] = "reject"  # keep: a sample whose answers could not be rewritten goes on as it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    # Candidates, which pixels confirm. Distances are even (a pHash has as many ones as zeros), so 3 is 2: JPEG at 50 and WebP at 75 leave
    # one copy in a hundred at 4, none of 573 real images further (`make bench ONLY=pairs`). Lingshu: 0
    phash_distance: int = 4
    confirm: bool = True  # a pHash match is confirmed on pixels
    shield_distance: int = 8  # as far shields look for images of evaluation sets, whatever phash_distance is (curate/match/leaks.py)
    shield_similarity: float = 0.2  # that pixels must have to confirm it; a duplicate's is 0.5
    text_threshold: float = 0.8  # Jaccard of word shingles, of the whole and of what is asked
    # Words of a shingle (characters of Chinese). Without images a copy must be nearly word for word: of 14,710 real questions 73 pairs are
    # near by 5 words, 163 by 3, most of another organ or side. On one image what differs is seldom the meaning: 2 words find 80 % of
    # captions of 16-40 words with one word changed, 5 words 15 % (`make bench ONLY=text`)
    shingle: int = 5
    image_shingle: int = 2  # of texts on the same images
    permutations: int = 128
    bands: int | Literal["auto"] = "auto"  # auto: as few as still find a pair at the threshold with a chance of RECALL
    keep_contrasts: bool = True  # two texts are no copies if what differs is a number, a side or a negation

    @property
    def band_rows(self) -> int:
        """Permutations of a band."""
        if self.bands != "auto":
            return self.permutations // self.bands
        wide = (rows for rows in range(self.permutations, 1, -1) if self.chance(rows, self.permutations // rows) >= RECALL)
        return next(wide, 1)

    @property
    def band_count(self) -> int:
        return self.permutations // self.band_rows if self.bands == "auto" else self.bands

    def chance(self, rows: int, bands: int) -> float:
        """Of a pair at the threshold, of which nothing is asked, to share one of so many bands."""
        return float(1 - (1 - self.text_threshold**rows) ** bands)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagging:
    """Whom to believe about what an image is (curate/tag/decide.py)."""

    # source: a declared modality stands whatever else is said; evidence: it is one witness among others; model: what the image model is
    # sure to see goes before all, then the evidence
    trust: Literal["source", "evidence", "model"] = "source"
    disagreement: Literal["keep", "refuse"] = "keep"  # of samples whose declared modality a witness contradicts: refuse rejects them
    min_score: float = 0.8  # posterior below which nobody can tell. Of a model that is right in 0.9 when sure: sees it with 0.89
    min_margin: float = 0.2  # over the most likely other modality


# shares of the twelve: a table of them; 'uniform'; 'published' (Lingshu's); {"temperature": T} (curate/balance/targets.py)
Targets = Mapping[str, float] | Literal["uniform", "published"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What a corpus is balanced by (manifests/README.md, section 16). Of a number that is a share or a count, one below 1 is a share."""

    mode: Literal["cap", "strict", "weights", "none"] = "cap"
    cap: float = 1.25  # c: count_m <= c x t_m x N
    targets: Targets = "uniform"
    by_task: Mapping[str, Targets] = dataclasses.field(default_factory=dict)  # tasks that are balanced each by itself; the others together
    source_caps: Mapping[str, float] = dataclasses.field(default_factory=dict)  # source, or '*': each -> most of the corpus, or of samples
    group_cap: int | None = None  # samples of one patient, study, article ... (Screened.group)
    equal_text_cap: int | None = None  # samples that say the same (Screened.said)
    floors: Mapping[str, float] = dataclasses.field(default_factory=dict)  # modality -> to which it is kept where the cap would cut it
    yes_no_share: float | None = None  # largest share of questions answered by yes or no in what is selected
    text_share: float | None = None  # largest share of samples without images in the corpus; None: all of them
    general_share: float | None = None
    other_share: float | None = None
    max_repeat: float = 4.0  # largest weight a sample may get


@dataclass(frozen=True, slots=True, kw_only=True)
class Shards:
    bytes: int = 256 << 20  # a shard is closed once it holds this many
    row_group_bytes: int = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusPlan:
    """One corpus of a recipe."""

    name: str
    title: str = ""
    tasks: tuple[str, ...] = ALL_TASKS
    sources: tuple[str, ...] = ()  # ids, or <id>/<table> for one table of a source; empty: all
    choices: Literal["keep", "open"] = "keep"  # open: a question whose answer is a word or phrase is asked without them (section 3.1.4)
    balance: Balance = Balance()
    shards: Shards = Shards()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """Corpora of a recipe that are drawn from together, as a stage of training is."""

    name: str
    corpora: Mapping[str, float] | tuple[str, ...]  # corpus -> its share, in any unit; names alone: in proportion to their rows
    title: str = ""
    max_repeat: float = 4.0  # how often a corpus may be drawn in an epoch; what a scarce one cannot give the others do


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    id: str
    title: str
    version: str = "1.0.0"  # of the corpora, MAJOR.MINOR.PATCH: what their cards tell
    published: str = ""  # ISO 8601 date, likewise; '': not said
    limits: Limits = Limits()
    splits: Mapping[str, str] = dataclasses.field(default_factory=lambda: {"": "train", "train": "train", "validation": "validation"})
    license_policy: Literal["any", "research", "commercial"] = "any"
    allow_synthetic: bool = True
    rewrite: Rewrite | None = None
    matching: Matching = Matching()
    tagging: Tagging = Tagging()
    rendering: Mapping[str, Rendering] = dataclasses.field(default_factory=dict)  # source, or '*' for the others -> how it is shown
    shield: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)  # benchmark -> what of its rules differs
    corpora: tuple[CorpusPlan, ...] = (CorpusPlan(name="medical"),)
    mixtures: tuple[Mixture, ...] = ()

    def plain(self) -> dict[str, Any]:
        return dataclasses.asdict(self)
