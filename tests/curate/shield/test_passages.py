import random

import pytest

from curate.shield.passages import HOT, Overlap, Passage, Passages
from curate.shield.wording import own
from curate.words import normal_form

QUESTION = (
    "A 61-year-old farmer has had crushing chest pain for two hours after digging out a drain, and sweats. His left arm feels numb. "
    "Troponin is raised and the electrocardiogram shows elevated segments in leads two, three and aVF. Which artery is occluded?"
)
SHORT = "Which enzyme is deficient in classic galactosaemia of the newborn?"
MIDDLE = "Does prophylactic melatonin lower the incidence of delirium among elderly people admitted to a surgical ward?"
CHINESE = "女性，四十二岁，两个月以来进行性乏力、头晕、心悸，查体面色苍白，血红蛋白七十二克，该患者贫血最可能的病因是什么？"
CAPTION = "Coronal CT angiogram of the neck shows a carotid body tumour that splays the internal and external arteries on the left."


def passage(text: str, row: str = "exam@benchmark/1", what: str = "question", benchmark: str = "exam") -> Passage:
    return Passage(benchmark, row, what, normal_form(text))  # type: ignore[arg-type]


def ways(text: str, *passages: Passage) -> list[tuple[str, str]]:
    return [(overlap.passage.row, overlap.way) for _, overlap in Passages(passages).found([text])]


@pytest.mark.parametrize("text", [QUESTION, SHORT, MIDDLE, CHINESE, CAPTION])
@pytest.mark.parametrize(
    "wrapped",
    [
        "{}",
        "You are a careful doctor. Answer with one letter.\n\n{}\nA. one\nB. two\nLet us think.",
        "Figure 3. An arrow. {} Courtesy of the ward.",
        "<p>{}</p>&nbsp;&nbsp;",
        "\u200b{}\u00ad",
    ],
)
def test_a_text_is_found_wherever_it_stands(text: str, wrapped: str) -> None:
    for changed in (text, text.upper(), text.replace(" ", "  \n"), text.replace(",", " ;")):
        ((number, overlap),) = Passages([passage(text)]).found([wrapped.format(changed)])
        assert (number, overlap.way, overlap.share) == (0, "near", 1.0)


@pytest.mark.parametrize(
    ("text", "changed", "wanted"),
    [
        (MIDDLE, MIDDLE.replace("lower", "reduce"), "near"),
        (MIDDLE, MIDDLE.replace("lower", "reduce").replace("a surgical ward", "surgery"), None),
        (SHORT, SHORT.replace("is deficient in", "is the deficient one in"), None),
        (SHORT, SHORT.replace("Which", "Now, what"), "near"),
        (SHORT, SHORT.replace("galactosaemia", "phenylketonuria"), None),
        (MIDDLE, "Does prophylactic heparin lower the incidence of thrombosis among elderly people?", None),
        (QUESTION, QUESTION[: len(QUESTION) * 3 // 5], "run"),
        (QUESTION, QUESTION[len(QUESTION) // 2 :], "run"),
        (QUESTION, QUESTION[:90], "cut"),  # 16 words of 54, and nothing else
        (QUESTION, f"He was seen on a Monday by a nurse. {QUESTION[:90]} He smokes, drinks, has gout and a cat, and reads.", None),
        (QUESTION, QUESTION[:60], None),
        (CHINESE, CHINESE.replace("四十二", "三十"), "near"),
        (CHINESE, CHINESE[:33], "run"),
        (CHINESE, "女性，三十岁，头晕、心悸一周，血红蛋白正常，该患者最可能的诊断是什么？", None),
        (CAPTION, CAPTION.replace("Coronal", "Axial"), "near"),
        (CAPTION, "Coronal CT angiogram of the neck shows an aneurysm of the vertebral artery on the right.", None),
    ],
)
def test_a_text_changed_a_little_or_cut_is_found_and_another_is_not(text: str, changed: str, wanted: str | None) -> None:
    assert ways(changed, passage(text)) == ([("exam@benchmark/1", wanted)] if wanted else [])


def test_parts_of_a_question_that_come_here_and_there_in_a_long_text_are_not_the_question() -> None:
    asked = "Is irritable bowel syndrome a diagnosis of exclusion?"
    first, second = "Irritable bowel syndrome is common.", "It was long a diagnosis of exclusion."
    far = f"{first} {'Pain comes after meals, and goes. ' * 8}{second}"
    assert ways(f"{first} {second}", passage(asked)) == [("exam@benchmark/1", "near")]
    assert ways(far, passage(asked)) == []
    assert ways(f"{far} {asked}", passage(asked)) == [("exam@benchmark/1", "near")]
    assert ways(f"{asked} {far}", passage(asked)) == [("exam@benchmark/1", "near")]


def test_words_that_any_question_has_make_no_question() -> None:
    text = "Which of the following is true about the carpal tunnel syndrome?"
    assert ways("Surgery of the carpal tunnel syndrome is safe. The carpal tunnel is narrow.", passage(text)) == []
    assert ways("We write about the carpal tunnel syndrome alone.", passage(text)) == []  # 5 of its 11 words
    assert ways("Which of the following is true about the tarsal tunnel?", passage(text)) == []
    assert ways("Now: which of the following is true about carpal tunnel syndrome", passage(text)) == [("exam@benchmark/1", "near")]
    assert [own(word) for word in ("following", "carpal", "的", "癌", "not")] == [0, 1, 0, 0.5, 1]


def test_what_rows_of_one_set_share_leads_to_all_of_them_unless_it_is_everywhere() -> None:
    vignette = QUESTION.removesuffix("Which artery is occluded?")
    two = [passage(f"{vignette}{ask}", f"exam@benchmark/{number}") for number, ask in enumerate(("Which artery?", "What is next for him?"))]
    assert ways(vignette, *two) == [("exam@benchmark/0", "near"), ("exam@benchmark/1", "near")]
    many = [passage(f"{MIDDLE} {word}", f"exam@benchmark/{number}") for number, word in enumerate(map(str, range(HOT + 1)))]
    assert ways(MIDDLE, *many) == []
    assert len(ways(MIDDLE, *many[:-1])) == HOT
    other = [passage(each.form, each.row, benchmark=f"set {number}") for number, each in enumerate(many)]
    assert len(ways(MIDDLE, *other)) == HOT + 1  # each set for itself


def test_each_text_is_asked_for_itself_whatever_stands_beside_it() -> None:
    passages = [passage(text, f"exam@benchmark/{number}") for number, text in enumerate((QUESTION, SHORT, MIDDLE, CHINESE, CAPTION))]
    texts = ["", "?", SHORT, "no words of it", f"{CAPTION} {CHINESE}", QUESTION, "谢谢", MIDDLE[:30]]
    index, draw = Passages(passages), random.Random(1)
    alone = {text: [overlap for _, overlap in index.found([text])] for text in texts}
    assert [len(alone[text]) for text in texts] == [0, 0, 1, 0, 2, 1, 0, 0]
    for _ in range(5):
        shuffled = draw.sample(texts, len(texts))
        found: dict[str, list[Overlap]] = {text: [] for text in texts}
        for number, overlap in Passages(draw.sample(passages, len(passages))).found(shuffled):
            found[shuffled[number]].append(overlap)
        assert {text: sorted(overlaps, key=lambda each: each.order) for text, overlaps in found.items()} == {
            text: sorted(overlaps, key=lambda each: each.order) for text, overlaps in alone.items()
        }


def test_no_passages_find_nothing() -> None:
    assert not Passages()
    assert list(Passages().found([QUESTION])) == []
    assert list(Passages([passage("two words")]).found([QUESTION, "two words"])) == []


LONG = ("a" * 10**6, "1 " * 500_000, "(" * 10**6, "&#" + "9" * 10**6, "<br" * 300_000, "癌" * 500_000, "A " * 500_000)


@pytest.mark.parametrize("text", [*LONG, "\x00\ud800 " * 300_000, "\n" * 10**6, "\nOptions:" * 100_000])
def test_a_hostile_text_is_looked_through(text: str) -> None:
    assert list(Passages([passage(QUESTION), passage(SHORT), passage(CHINESE)]).found([text])) == []
