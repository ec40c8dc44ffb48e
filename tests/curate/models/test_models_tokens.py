import json
import random
import unicodedata

import pytest

from curate.models.tokens import TokenizerError, clip_bpe, load_tokenizer
from tests.real import REAL

# counts of open_clip.tokenizer.SimpleTokenizer().encode, 3.3.0
GOLDEN = [
    ("", 0),
    ("Axial CT of the chest.", 6),
    ("pneumothorax", 4),
    ("It's the patient's 2nd follow-up, isn't it?", 15),
    ("  Two\n\nlines\twith   gaps ", 4),
    ("T1-weighted MRI (3 T), 12.5 mm × 7 µm ± 0.3", 24),
    ("胸部正位片显示右肺上叶斑片状高密度影。", 49),
    ("café au lait; naïve; Å; ﬁbrosis", 13),
    ("â€œmojibakeâ€\x9d &amp;lt; 5&nbsp;cm", 8),
    ("🩻 x-ray 👍🏽", 7),
    ("\u202eabc\ufeff\u200bdef", 5),
    ("RÖNTGEN İSTANBUL ΣΟΦΟΣ ſ'ſ", 22),
]


@pytest.mark.parametrize(("text", "tokens"), GOLDEN)
def test_clip_counts_are_pinned(text, tokens):
    assert clip_bpe().count([text]).tolist() == [tokens]


def test_clip_counts_equal_open_clips_own():
    from curate.models.biomedclip import ensure_torchvision

    ensure_torchvision()
    from open_clip.tokenizer import SimpleTokenizer

    theirs = SimpleTokenizer()
    texts = [text for text, _ in GOLDEN] + _odd_texts(300)
    assert clip_bpe().count(texts).tolist() == [len(theirs.encode(text)) for text in texts]
    assert [len(theirs.encode(text)) for text, _ in GOLDEN] == [tokens for _, tokens in GOLDEN]


def test_clip_counts_equal_open_clips_own_on_real_captions():
    if REAL is None:
        pytest.skip("../shared/real is not here")
    from curate.models.biomedclip import ensure_torchvision

    ensure_torchvision()
    from open_clip.tokenizer import SimpleTokenizer

    theirs = SimpleTokenizer()
    captions = (REAL / "annotations" / "roco" / "test-radiology-captions.txt").read_text(encoding="utf-8").splitlines()[::10]
    chinese = [row["question"] for row in json.loads((REAL / "annotations" / "apollo" / "dev-zh.json").read_text(encoding="utf-8"))]
    texts = [caption.partition("\t")[2] for caption in captions] + chinese
    assert len(texts) > 1000
    assert clip_bpe().count(texts).tolist() == [len(theirs.encode(text)) for text in texts]


def test_the_name_carries_the_digest_of_the_vocabulary():
    assert clip_bpe().name == "clip-bpe:924691ac288e5440"


def test_image_marks_are_not_counted():
    assert clip_bpe().count(["<image>\nWhat is shown?", "What is shown?", "<image>"]).tolist() == [4, 4, 0]


def test_repeated_texts_are_counted_each_time_and_none_gives_none():
    assert clip_bpe().count(["a b", "c", "a b"]).tolist() == [2, 1, 2]
    assert clip_bpe().count([]).tolist() == []


def test_auto_takes_qwen_where_it_is_cached_and_the_embedded_one_elsewhere(tmp_path):
    environ = {"HF_HOME": str(tmp_path)}
    assert load_tokenizer("auto", environ=environ).name == "clip-bpe:924691ac288e5440"
    folder = tmp_path / "hub" / "models--Qwen--Qwen2.5-7B-Instruct" / "snapshots" / "abc"
    _write_words(folder)
    qwen = load_tokenizer("auto", environ=environ)
    assert qwen.name.startswith("qwen2.5:")
    assert qwen.count(["lung mass", "lung", "<image>\nlung"]).tolist() == [2, 1, 1]


def test_a_folder_and_a_cached_hub_name_open(tmp_path):
    root = tmp_path / "hub" / "models--some--words"
    _write_words(root / "snapshots" / "abc")
    (root / "refs").mkdir()
    (root / "refs" / "main").write_text("abc")
    cached = load_tokenizer("some/words", environ={"HF_HOME": str(tmp_path)})
    named = load_tokenizer(str(root / "snapshots" / "abc"), environ={})
    assert cached.count(["lung mass mass"]).tolist() == named.count(["lung mass mass"]).tolist() == [3]
    assert cached.name.partition(":")[2] == named.name.partition(":")[2]


def test_a_tokenizer_file_opens_whatever_it_is_called(tmp_path):
    _write_words(tmp_path)
    path = (tmp_path / "tokenizer.json").rename(tmp_path / "words.json")
    opened = load_tokenizer(str(path), environ={})
    assert opened.count(["lung mass mass"]).tolist() == [3]
    assert opened.name.partition(":")[0] == "words"
    path.write_text("[1, 2]")
    with pytest.raises(TokenizerError, match="holds no tokenizer as `tokenizers` writes it"):
        load_tokenizer(str(path), environ={})


@pytest.mark.skipif(REAL is None, reason="no shared real data here: the PubMedBERT tokenizer is not opened")
def test_the_tokenizer_of_pubmedbert_counts_a_long_word_as_one():
    path = REAL / "tokenizer" / "pubmedbert_tokenizer.json"
    texts = ["chest radiograph shows pneumothorax and cholecystectomy"]
    assert (load_tokenizer(str(path), environ={}).count(texts).tolist(), clip_bpe().count(texts).tolist()) == ([6], [14])


def test_padding_and_truncation_of_a_published_file_are_no_count(tmp_path):
    _write_words(tmp_path, pad=128)
    assert load_tokenizer(str(tmp_path), environ={}).count(["lung mass", "lung " * 500]).tolist() == [2, 500]


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "tokenizer.json").write_text('{"version": "1.0", "mod')
    with pytest.raises(TokenizerError, match=r"tokenizer\.json is damaged: download it again"):
        load_tokenizer(str(tmp_path), environ={})


def test_a_name_nobody_has_says_what_was_tried(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(TokenizerError, match="'no/such' cannot be opened; tried: a folder, the local hub cache"):
        load_tokenizer("no/such", environ={"HF_HOME": str(tmp_path)})


def test_a_vocabulary_file_alone_opens_through_transformers(tmp_path):
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nlung\nmass\n")
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer"}')
    assert load_tokenizer(str(tmp_path), environ={}).count(["lung mass", ""]).tolist() == [2, 0]


def _write_words(folder, pad=None):
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = Tokenizer(models.WordLevel({"[UNK]": 0, "lung": 1, "mass": 2}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    if pad:
        words.enable_padding(length=pad)
        words.enable_truncation(pad)
    folder.mkdir(parents=True, exist_ok=True)
    words.save(str(folder / "tokenizer.json"))


def _odd_texts(texts):
    """Letters of many scripts, signs and pictures, in no order: what hostile or broken captions look like. Only assigned code points:
    what is unassigned in one Unicode version is a letter in the next, and the two tokenizers may be built on different ones."""
    draw = random.Random(1)
    scripts = [(32, 127), (0xA0, 0x250), (0x370, 0x2000), (0x2000, 0x3000), (0x4E00, 0x5000), (0x1F300, 0x1F700)]
    letters = [letter for first, last in scripts for letter in map(chr, range(first, last)) if unicodedata.category(letter) != "Cn"]
    return ["".join(draw.choices(letters, k=30)) for _ in range(texts)]
