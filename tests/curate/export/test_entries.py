"""one row -> the JSON of each trainer, pinned whole: these shapes are what their loaders ask for"""

import json

import pytest

from curate.emit.columns import COLUMNS
from curate.export.entries import LAYOUTS, as_line, entry, signs_in
from curate.export.rows import NoShard, Picture, Row

REST = {"source": "s", "labels": ["a"], "modality_score": 0.1 + 0.2, "license": "CC-BY-4.0", "group": ""}


def made(*turns, pictures=0) -> Row:
    shown = tuple(Picture(f"{place:016x}.png", "png", memoryview(b"x")) for place in range(pictures))
    return Row({"id": "s/1", "messages": [{"role": role, "content": content} for role, content in turns], **REST}, shown)


ASKED = made(("user", "See <image>: what?"), ("assistant", "A chest."), pictures=1)
PATHS = {"paths": ["0000000000000000.png"]}


@pytest.mark.parametrize("layout", ["webdataset", "swift", "llamafactory"])
def test_messages_and_images_stay_as_the_corpus_has_them(layout):
    assert entry(layout, ASKED, ["images/ab/x.png"]) == {
        "id": "s/1",
        "messages": [{"role": "user", "content": "See <image>: what?"}, {"role": "assistant", "content": "A chest."}],
        "images": ["images/ab/x.png"], **REST, **PATHS,
    }  # fmt: skip


def test_llava_has_one_image_as_a_name_and_two_speakers():
    assert entry("llava", ASKED, ["images/ab/x.png"]) == {
        "id": "s/1",
        "image": "images/ab/x.png",
        "conversations": [{"from": "human", "value": "See <image>: what?"}, {"from": "gpt", "value": "A chest."}],
        **REST, **PATHS,
    }  # fmt: skip


def test_llava_has_several_images_as_a_list_and_no_key_for_none():
    two = made(("user", "<image><image>?"), ("assistant", "Yes."), pictures=2)
    assert entry("llava", two, ["a.png", "b.png"])["image"] == ["a.png", "b.png"]
    none = made(("user", "Why?"), ("assistant", "So."))
    assert list(entry("llava", none, [])) == ["id", "conversations", *REST, "paths"]


def test_what_a_system_says_goes_before_the_first_question_of_llava_and_can_be_taken_out_again():
    row = made(("system", "Be brief."), ("user", "See <image>."), ("assistant", "Yes."), ("user", "So?"), ("assistant", "No."), pictures=1)
    found = entry("llava", row, ["a.png"])
    assert found["system"] == "Be brief."
    assert [turn["from"] for turn in found["conversations"]] == ["human", "gpt", "human", "gpt"]
    assert [turn["value"] for turn in found["conversations"]] == ["Be brief.\n\nSee <image>.", "Yes.", "So?", "No."]
    assert entry("swift", row, ["a.png"])["messages"][0] == {"role": "system", "content": "Be brief."}


def test_a_line_is_ascii_and_one_line_and_says_the_same():
    text = '胸部 🩻 "quoted"\\ \u2028\u2029\x85\x0b\r\n\t\u202e\x00'
    line = as_line({"text": text, "number": 0.1 + 0.2})
    assert line.count(b"\n") == 1
    assert line.endswith(b"}\n")
    assert len(line.decode("ascii").splitlines()) == 1
    assert json.loads(line) == {"text": text, "number": 0.30000000000000004}


def test_a_number_that_json_has_no_word_for_is_told():
    with pytest.raises(NoShard, match=r"^a number found that is not finite$"):
        as_line({"weight": float("nan")})


def test_signs_of_other_media_are_those_of_each_trainer():
    def signs(text: str) -> list[str]:
        return [layout for layout in LAYOUTS if signs_in(layout, made(("user", text), ("assistant", "Yes.")))]

    assert signs("See <video>.") == ["swift", "llamafactory"]
    assert signs("See <bbox>.") == ["swift"]
    assert signs("See <image> or <b>.") == []


# ms-swift 4.6: RowPreprocessor.standard_keys and the keys it renames; LLaVA: what LazySupervisedDataset asks for
TAKEN = {
    "label", "channel", "margin", "videos", "audios", "tools", "objects", "teacher_prompt", "teacher_images", "chat_template_kwargs",
    "ref_audios", "audio_codes", "questions", "kinds", "options", "target_probs", "state", "question_ids", "criteria", "rejected_response",
    "image", "video", "audio", "conversation", "conversations", "system", "system_prompt", "query", "response", "instruction", "input",
    "output", "paths", "dataset",
}  # fmt: skip


def test_no_column_of_a_corpus_has_a_name_that_a_trainer_takes_for_something_else():
    assert TAKEN & {name for name, _ in COLUMNS} == set()
