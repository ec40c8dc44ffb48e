import pytest

from curate.manifest.keys import key_digest
from curate.shield.compared import Compared, compare
from curate.shield.rules import Benchmark, Rule
from schemas.sample import Key, Sample, Turn


def row(number: int, *, asks: str = "Which drug helps this man most?", task: str = "qa", image: str = "", **keys: str) -> Sample:
    return Sample(
        id=f"b@benchmark/{number}", source="b@benchmark", table="t", task=task, domain="medical", split="test", language="en",
        images=(image,) if image else (), turns=(Turn(role="user", text=asks), Turn(role="assistant", text="Aspirin")), labels=(), boxes=(),
        modality=None, keys=tuple(Key(name=name, value=value) for name, value in keys.items()), license="CC0-1.0", commercial="yes",
        access="open", reliability=50, from_labels=False, scope="none", order=0,
    )  # fmt: skip


def bench(others: Rule, *, of: str = "", own_train: Rule = "image", known: tuple[str, ...] = ()) -> Benchmark:
    digests = frozenset(key_digest("prompt", value) for value in known)
    return Benchmark(id="b", of=of, own_train=own_train, others=others, known_keys=digests)


def compared(benchmark: Benchmark, *rows: Sample, usable: tuple[str, ...] = (), unread: int = 0, faults: int = 0) -> Compared:
    return compare(benchmark, rows, frozenset(usable), unread=unread, faults=faults)


TEXT = (row(1), row(2))
SHOWN = (row(1, task="vqa", image="b/1"), row(2, task="vqa", image="b/2"), row(3, task="vqa"))


def test_a_text_benchmark_is_shielded_by_its_questions_and_by_nothing_where_the_rule_takes_images() -> None:
    assert compared(bench("question"), *TEXT) == Compared(
        rows=2, covered=2, keys=0, images=0, questions=2, texts=0, state="shielded", why=""
    )
    assert compared(bench("image"), *TEXT) == Compared(
        rows=2, covered=0, keys=0, images=0, questions=0, texts=0, state="not shielded", why="without keys or images: 2 of 2 rows"
    )
    assert compared(bench("image+question"), *TEXT).why == "without keys or images and a question: 2 of 2 rows"


def test_a_benchmark_that_is_not_there_is_shielded_by_its_published_keys_alone_or_not_at_all() -> None:
    assert compared(bench("image")) == Compared(
        rows=0, covered=0, keys=0, images=0, questions=0, texts=0, state="not shielded", why="not on disk; none of its keys is published"
    )
    assert compared(bench("image", known=("1", "2"))) == Compared(
        rows=0, covered=0, keys=2, images=0, questions=0, texts=0, state="partly",
        why="not on disk; compared by its published keys alone (2)",
    )  # fmt: skip
    own = bench("image", of="b", own_train="image+question", known=("1",))
    assert compared(own).why == "not on disk; compared by its published keys alone (1); its own source was compared with nothing"


def test_images_that_are_not_there_are_told() -> None:
    assert compared(bench("image"), *SHOWN, usable=("b/1",)) == Compared(
        rows=3, covered=1, keys=0, images=1, questions=0, texts=0, state="partly",
        why="without keys or images: 2 of 3 rows; without their images: 2 of 3 rows",
    )  # fmt: skip
    assert compared(bench("image|question"), *SHOWN, *TEXT, usable=("b/1", "b/2")) == Compared(
        rows=5, covered=5, keys=0, images=2, questions=5, texts=0, state="partly", why="without their images: 1 of 5 rows"
    )
    keyed = [row(number, task="report", cxr_report=f"CXR{number}") for number in (1, 2)]
    assert compared(bench("image"), *keyed).why == "without their images: 2 of 2 rows"


def test_keys_that_each_source_counts_anew_shield_its_own_source_alone() -> None:
    rows = [row(number, patient=str(number)) for number in (1, 2)]
    assert compared(bench("image", of="b"), *rows) == Compared(
        rows=2, covered=0, keys=0, images=0, questions=0, texts=0, state="partly",
        why="without keys or images that mean anything to other sources: 2 of 2 rows",
    )  # fmt: skip
    assert compared(bench("image"), *rows).state == "not shielded"
    both = compared(bench("question", of="b", own_train="image"), *TEXT)
    assert (both.state, both.why) == ("partly", "for its own source without keys or images: 2 of 2 rows")


def test_rows_without_words_and_rows_that_could_not_be_read_are_told() -> None:
    found = compared(bench("question"), row(1), row(2, asks="<image>"), row(3, asks="?", prompt="p3"), unread=4)
    assert found == Compared(
        rows=3, covered=2, keys=1, images=0, questions=1, texts=0, state="partly",
        why="without keys or questions: 1 of 3 rows; not readable: 4 more rows",
    )  # fmt: skip


def test_what_is_there_and_cannot_be_read_is_not_said_to_be_missing() -> None:
    assert compared(bench("question"), faults=1) == Compared(
        rows=0, covered=0, keys=0, images=0, questions=0, texts=0, state="not shielded",
        why="none of its rows could be read; none of its keys is published; faults of its files: 1",
    )  # fmt: skip


@pytest.mark.parametrize(("own_train", "state"), [("image", "partly"), ("none", "not shielded")])
def test_no_rule_is_no_shield(own_train: Rule, state: str) -> None:
    found = compared(bench("none", of="b", own_train=own_train, known=("1",)), row(1, image="b/1"), usable=("b/1",))
    assert (found.keys, found.images, found.state, found.why) == (0, 0, state, "no rule compares other sources with it")
