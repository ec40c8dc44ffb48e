import random

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from curate.dedup.candidates import candidates
from curate.dedup.elect import Elected, dedup
from curate.likeness import Alike
from schemas.arrow import to_table
from schemas.cluster import Member, SampleClusters
from schemas.sample import Picture, Sample, Screened, Turn
from tests.curate.dedup.likely import likeness, words


def picture(id: str, side: int = 100) -> Picture:
    return Picture(
        id=id, byte_digest="", pixel_digest="", phash=0, width=side, height=side, bytes=1, header_modality=None, is_synthetic=False
    )  # fmt: skip


def screened(
    id: str,
    task: str = "caption",
    *,
    images: tuple[str, ...] = ("",),
    text: str = "A caption.",
    table: str = "t",
    scope: str | None = None,
    reliability: int = 50,
    side: int = 100,
    access: str = "open",
    commercial: str = "yes",
    labels: tuple[str, ...] = (),
) -> Screened:
    source = id.split("/")[0]
    images = tuple(image or f"{source}/img" for image in images)
    default = {"caption": "global", "report": "global", "classification": "table", "detection": "table"}.get(task, "none")
    sample = Sample(
        id=id, source=source, table=table, task=task, domain="medical", split="train", language="en", images=images,
        turns=(Turn(role="user", text="<image>\nDescribe."), Turn(role="assistant", text=text)), labels=labels, boxes=(), modality=None,
        keys=(), license="x", commercial=commercial, access=access, reliability=reliability, from_labels=False,
        scope=scope or default, order=0,
    )  # fmt: skip
    return Screened(id=id, sample=sample, pictures=tuple(picture(image, side) for image in images), tokens=1, group="")


def member(id: str, cluster: str, proof: str = "bytes", other: str = "", distance: int = 0, similarity: float = 1.0) -> Member:
    other = other or (cluster if id != cluster else "")
    proof = proof if id != cluster else "first"
    return Member(cluster=cluster, id=id, source=id.split("/")[0], proof=proof, other=other, distance=distance, similarity=similarity)


def rows_of(samples: list[Screened], images: dict[str, Member], texts: dict[str, Member]) -> pa.Table:
    clusters = [
        SampleClusters(
            id=sample.id,
            images=tuple(images[image].cluster if image in images else "" for image in sample.sample.images),
            text=texts[sample.id].cluster if sample.id in texts else "",
        )
        for sample in samples
    ]
    listed = [row for row in clusters if any(row.images) or row.text]
    return candidates(to_table(samples, Screened), to_table(listed, SampleClusters))


def elected(rows: pa.Table, images: dict[str, Member], near: dict[str, str]) -> Elected:
    """`near` gives the text of samples whose clusters hold more than equal texts."""
    listed = rows.filter(pc.is_in(rows["id"], value_set=pa.array(list(near), pa.string())))
    clusters = dict(zip(listed["id"].to_pylist(), listed["text"].to_pylist()))
    tables = [likeness({id: (clusters[id], text) for id, text in near.items() if id in clusters})] if near else []
    return dedup(rows, images, tables, Alike(threshold=0.8, keep_contrasts=True))


def verdicts(samples: list[Screened], *members: Member, near: dict[str, str] | None = None) -> list[tuple[str, str, str, str]]:
    images = {row.id: row for row in members if row.proof != "text" and "img" in row.id}
    texts = {row.id: row for row in members if row.id not in images}
    found = elected(rows_of(samples, images, texts), images, near or {}).verdicts.to_pylist()
    return [(row["id"], row["reason"], row["evidence"], row["winner"]) for row in found]


PAIR = (member("a/img", "a/img"), member("b/img", "a/img", "phash", distance=2, similarity=0.9984))


def test_captions_and_reports_lose_copies_across_sources() -> None:
    found = verdicts([screened("a/1"), screened("b/1", "report"), screened("c/1")], *PAIR)
    assert found == [("b/1", "duplicate_image", "phash 2, similarity 0.998", "a/1")]


@pytest.mark.parametrize(
    ("task", "scope", "lost"),
    [("classification", None, ["a/2"]), ("vqa", None, []), ("instruction", "table", ["a/2"]), ("caption", "none", [])],
)
def test_the_scope_of_copies_is_the_tables(task: str, scope: str | None, lost: list[str]) -> None:
    samples = [screened("a/1", task, scope=scope), screened("a/2", task, scope=scope), screened("b/1", task, scope=scope)]
    assert [row[0] for row in verdicts(samples, *PAIR)] == (["a/2"] if lost else [])


def test_tables_and_tasks_do_not_meet() -> None:
    samples = [
        screened("a/1", "instruction", scope="table"),
        screened("a/2", "instruction", scope="table", table="u"),
        screened("a/3", "classification"),
        screened("a/4", "detection"),
        screened("a/5"),
    ]
    assert verdicts(samples) == []


def test_labelled_copies_are_sought_in_all_tables_of_the_source() -> None:
    found = verdicts([screened("a/1", "classification"), screened("a/2", "classification", table="u")])
    assert found == [("a/2", "duplicate_image", "bytes", "a/1")]


def test_what_else_is_said_of_the_same_file_stays_with_the_winner() -> None:
    twice = member("a/img2", "a/img")
    samples = [
        screened("a/1", "detection", labels=("cyst",)),
        screened("a/2", "detection", labels=("mass",)),
        screened("a/3", "detection", labels=("mass",), images=("a/img2",)),
    ]
    assert verdicts(samples, PAIR[0], twice) == [("a/3", "duplicate_image", "bytes", "a/1")]


def test_what_is_said_twice_of_the_same_file_stays_once() -> None:
    samples = [
        screened("a/1", "classification", labels=("cyst",), images=("a/img1",)),
        screened("a/2", "classification", labels=("mass",), images=("a/img1",)),
        screened("a/3", "classification", labels=("mass",), images=("a/img1",)),
        screened("a/4#0", "classification", labels=("scar",), images=("a/img1",)),
        screened("a/4#1", "classification", labels=("scar",), images=("a/img1",)),
    ]
    assert verdicts(samples) == [("a/3", "duplicate_image", "bytes", "a/2")]


def test_parts_of_one_row_are_no_copies_of_each_other() -> None:
    found = verdicts([screened("a/1#0"), screened("a/1#1"), screened("b/1#0"), screened("b/1#1")], *PAIR)
    assert [(row[0], row[3]) for row in found] == [("b/1#0", "a/1#0"), ("b/1#1", "a/1#0")]


def test_several_images_must_all_match_in_order() -> None:
    more = (member("c/img1", "c/img1"), member("c/img2", "c/img1", "pixels"))
    samples = [
        screened("a/1", images=("a/img", "c/img1")),
        screened("a/2", images=("b/img", "c/img2")),
        screened("a/3", images=("c/img1", "a/img")),
        screened("a/4", images=("a/img",)),
        screened("a/5", images=("a/img", "x/img")),
    ]
    assert verdicts(samples, *PAIR, *more) == [("a/2", "duplicate_image", "phash 2, similarity 0.998; pixels", "a/1")]


@pytest.mark.parametrize(
    "better",
    [
        {"reliability": 51},
        {"text": "A much longer caption."},
        {"side": 101},
        {"access": "open", "commercial": "yes"},
    ],
)
def test_the_best_copy_stays(better: dict[str, object]) -> None:
    rest = {"commercial": "no", "access": "registered"} if "access" in better else {}
    found = verdicts([screened("a/1", **rest), screened("b/1", **{**rest, **better})], *PAIR)
    assert [(row[0], row[3]) for row in found] == [("a/1", "b/1")]


def test_a_text_copy_falls_after_images_and_winners_are_kept() -> None:
    texts = [member("b/9", "b/9"), member("a/1", "b/9", "text", distance=-1, similarity=0.93)]
    near = {"b/9": words(30), "a/1": words(29)}
    samples = [
        screened("a/1", text="The longer caption."), screened("b/1"),
        screened("b/9", "qa", images=(), reliability=90), screened("c/9", "qa", images=()),
    ]  # fmt: skip
    assert verdicts(samples, *PAIR, *texts, near=near) == [
        ("a/1", "duplicate_text", "jaccard 0.96", "b/9"),
        ("b/1", "duplicate_image", "phash 2, similarity 0.998", "b/9"),
    ]


def test_equal_texts_leave_the_best() -> None:
    texts = [member(id, "a/1") for id in ("a/1", "b/1", "c/1")]
    samples = [screened("a/1", "qa", images=()), screened("b/1", "qa", images=(), reliability=51), screened("c/1", "qa", images=())]
    assert verdicts(samples, *texts) == [(id, "duplicate_text", "jaccard 1.00", "b/1") for id in ("a/1", "c/1")]


def test_texts_that_stay_beside_the_best_of_their_cluster_are_counted() -> None:
    slid = {f"a/{n}": " ".join(words(80).split()[n * 5 : n * 5 + 60]) for n in range(4)}  # each is like the next, not like the one after
    texts = {id: member(id, "a/0", "text", similarity=0.84) for id in slid} | {id: member(id, "b/0") for id in ("b/0", "b/1")}
    samples = [screened(id, "qa", images=(), reliability=50 - place) for place, id in enumerate(texts)]
    found = elected(rows_of(samples, {}, texts), {}, slid)
    assert found.verdicts.select(["id", "evidence", "winner"]).to_pylist() == [
        {"id": "a/1", "evidence": "jaccard 0.84", "winner": "a/0"},
        {"id": "a/3", "evidence": "jaccard 0.84", "winner": "a/2"},
        {"id": "b/1", "evidence": "jaccard 1.00", "winner": "b/0"},
    ]
    assert found.kept_apart == 1


def test_shuffled_candidates_give_the_same_verdicts() -> None:
    draw = random.Random(2)
    images = {f"a/img{n}": member(f"a/img{n}", f"a/img{n - n % 4}") for n in range(200)}
    texts = {f"a/{n}": member(f"a/{n}", f"a/{n - n % 7}", "text", distance=-1, similarity=0.9) for n in range(0, 200, 2)}
    texts = {id: row for id, row in texts.items() if row.cluster in texts}
    rows = rows_of([screened(f"a/{n}", images=(f"a/img{n}",), reliability=draw.randint(0, 3)) for n in range(200)], images, texts)
    near = {id: words(30 + draw.randint(0, 6), f"of{row.cluster}".replace("/", "")) for id, row in texts.items()}
    wanted = elected(rows, images, near)
    lost = set(wanted.verdicts["id"].to_pylist())
    assert len(lost) >= 150
    assert lost.isdisjoint(wanted.verdicts["winner"].to_pylist())
    for _ in range(3):
        order = list(range(len(rows)))
        draw.shuffle(order)
        again = elected(rows.take(pa.array(order)), images, near)
        assert (again.verdicts, again.kept_apart) == (wanted.verdicts, wanted.kept_apart)
