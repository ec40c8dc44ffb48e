import numpy as np
import pytest

from curate.modalities import load_modalities
from curate.models import zero_shot
from curate.models.prompts import load_prompts
from curate.models.text_tower import encode_prompts, tokenize
from curate.models.weights import Weights, WeightsError, find_weights
from curate.models.zero_shot import ZeroShot, attribute_of, head_name, load_zero_shot
from schemas.modality import TWELVE
from tests.curate.models.tiny_biomedclip import open_clips_own, write_tiny
from tests.real import REAL

DRAW = np.random.default_rng(3)
TEXTS = ["chest radiograph shows pneumothorax and cholecystectomy", "H&E stained tissue section", "café  de\nNoël, 21 µm (β-catenin)", ""]


@pytest.fixture(scope="module")
def head(tiny):
    return load_zero_shot(find_weights(str(tiny), {}))


def test_every_modality_and_every_figure_type_has_a_class():
    prompts = load_prompts()
    assert [each.modality for each in prompts.classes if each.modality != "other"] == list(TWELVE)
    others = [each.figure_type for each in prompts.classes if each.modality == "other"]
    assert others == ["", "chart", "diagram", "page", "natural image", "photograph", "rendering", "assay"]  # nuclear medicine is no figure
    assert {*others, ""} == {*load_modalities().figure_types, ""}
    assert prompts.views[0].prompts[:3] == (
        "this is a photo of chest X-ray",
        "this is an image of chest X-ray",
        "chest X-ray presented in image",
    )
    assert [prompt for view in prompts.views if view.of == "ct" for prompt in view.prompts] == list(prompts.classes[1].prompts)


def test_what_lies_at_the_borders_is_asked_about():
    asked = {view.name: view.of for view in load_prompts().views}
    for name, of in {
        "mammography": "xray", "dental": "xray", "laser": "fundus", "cytology": "microscopy", "electron": "microscopy",
        "specimen": "photography", "surgery": "photography", "keyhole": "endoscopy", "single_photon": "nuclear", "fused": "pet",
        "gel": "assay", "signal": "chart", "ear_and_cervix": "endoscopy", "hair_and_nail": "dermoscopy", "device": "thing",
    }.items():  # fmt: skip
        assert asked[name] == of
    angiographies = {view.of for view in load_prompts().views if any("angiogra" in prompt for prompt in view.prompts)}
    assert angiographies == {"xray", "ct", "mri", "fundus", "oct"}


def test_prompts_without_a_view_or_a_modality_are_refused(tmp_path):
    path = tmp_path / "prompts.yaml"
    path.write_text("templates: ['{}']\nclasses: {a: {modality: ct, views: {}}, b: {modality: cct, views: {x: [y]}}}")
    with pytest.raises(ValueError, match=r"prompts\.yaml: no such modality, or no prompts: a, b"):
        load_prompts(path)


def test_prompts_are_encoded_as_open_clip_does(tmp_path):
    import torch

    model, _, tokenizer = open_clips_own(write_tiny(tmp_path, bert_config=True))
    texts = list(load_prompts().classes[1].prompts)
    with torch.inference_mode():
        wanted = model.encode_text(tokenizer(texts), normalize=True).numpy()
    (tmp_path / "config.json").unlink()  # as published
    found, scale = encode_prompts(find_weights(str(tmp_path), {}), texts)
    assert np.abs(found - wanted).max() < 1e-5
    assert scale == pytest.approx(model.logit_scale.exp().item())


def test_tokens_are_those_of_open_clips_tokenizer(tiny):
    from open_clip.tokenizer import HFTokenizer

    weights = find_weights(str(tiny), {})
    theirs = HFTokenizer(str(tiny), context_length=256)
    texts = [*load_prompts().classes[6].prompts, TEXTS[1]]
    wanted = theirs(texts).numpy()
    found = tokenize(weights, texts)
    assert np.array_equal(found, wanted[:, : found.shape[1]])
    assert not wanted[:, found.shape[1] :].any()


@pytest.mark.skipif(REAL is None, reason="no published tokenizer beside the repository")
def test_tokens_are_those_of_the_published_tokenizer(tmp_path, tiny):
    from tokenizers import Tokenizer

    published = (REAL / "tokenizer" / "pubmedbert_tokenizer.json").read_bytes()
    (tmp_path / "tokenizer.json").write_bytes(published)
    whole = find_weights(str(tiny), {})
    weights = Weights(origin="folder", folder=whole.folder, text_folder=tmp_path)
    prompts = [prompt for view in load_prompts().views for prompt in view.prompts]
    theirs = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    for texts in (TEXTS, prompts):
        found = tokenize(weights, texts)
        assert [row[row != 0].tolist() for row in found] == [theirs.encode(" ".join(text.split())).ids for text in texts]
    assert theirs.encode("pneumothorax").tokens == ["[CLS]", "pneumothorax", "[SEP]"]
    (tmp_path / "vocab.txt").write_text("\n".join(sorted(theirs.get_vocab(), key=theirs.get_vocab().get)) + "\n", encoding="utf-8")
    (tmp_path / "tokenizer.json").unlink()
    assert np.array_equal(tokenize(weights, prompts), found)


def test_a_text_longer_than_the_context_is_cut(tiny):
    found = tokenize(find_weights(str(tiny), {}), ["chest " * 300, "chest"])
    assert found.shape == (2, 256)
    assert found[0, -1] == found[1, 2]  # [SEP] ends both


@pytest.mark.parametrize(
    ("vocabulary", "words"),
    [
        ("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n", "a tokenizer that knows no words of the prompts, wanted the published one"),
        ("[CLS]\n[PAD]\n[UNK]\n[SEP]\n[MASK]\n", "a tokenizer without [PAD] at 0, wanted BERT's"),
        ("", "no tokenizer, wanted tokenizer.json or vocab.txt"),
    ],
)
def test_a_tokenizer_of_something_else_says_so(tmp_path, tiny, vocabulary, words):
    (tmp_path / "vocab.txt").write_text(vocabulary)
    whole = find_weights(str(tiny), {})
    with pytest.raises(WeightsError) as caught:
        tokenize(Weights(origin="folder", folder=whole.folder, text_folder=tmp_path), ["chest X-ray", "CT"])
    assert f"BiomedCLIP: {tmp_path}/vocab.txt: found {words}; download it with" in str(caught.value)


def test_a_tokenizer_of_more_pieces_than_the_weights_know_says_so(tmp_path, tiny):
    pieces = (tiny / "vocab.txt").read_text().splitlines()
    (tmp_path / "vocab.txt").write_text("\n".join([*pieces, *(f"more{number}" for number in range(9))]) + "\n")
    whole = find_weights(str(tiny), {})
    with pytest.raises(WeightsError, match=rf"found {len(pieces) + 9} pieces, wanted at most the {len(pieces)} that the weights know"):
        encode_prompts(Weights(origin="folder", folder=whole.folder, text_folder=tmp_path), ["chest X-ray"])


def test_no_vocabulary_at_all_says_so(tmp_path, tiny):
    whole = find_weights(str(tiny), {})
    with pytest.raises(WeightsError, match=r"tokenizer\.json: found nothing, wanted tokenizer\.json or vocab\.txt; download it"):
        tokenize(Weights(origin="folder", folder=whole.folder, text_folder=tmp_path), ["chest X-ray"])


def test_encoding_opens_no_connection(tiny, monkeypatch):
    import socket

    def refused(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    assert encode_prompts(find_weights(str(tiny), {}), ["chest X-ray"])[0].shape == (1, 64)


def test_a_class_is_as_likely_as_its_views_are_on_average():
    classes = load_prompts().classes[:2]
    unit, of = np.eye(3, dtype=np.float32), np.array([0, 0, 1])
    head = ZeroShot(name="h", attribute="a", classes=classes, directions=unit, of=of, temperature=0.5, calibrated=False)
    found = head.scores(np.array([[3, 0, 0], [0, 0, 2], [1, 1, 1]], np.float32))  # of any length
    e = np.exp(2)
    assert found.tolist() == [
        [round((e + 1) / 2 / ((e + 1) / 2 + 1), 4), round(1 / ((e + 1) / 2 + 1), 4)],
        [round(1 / (1 + e), 4), round(e / (1 + e), 4)],
        [0.5, 0.5],
    ]


def test_scores_are_shares_in_ten_thousandths_whatever_stands_beside(head):
    vectors = DRAW.normal(size=(50, 64)).astype(np.float16).astype(np.float32)
    scores = head.scores(vectors)
    assert scores.shape == (50, 20)
    assert np.array_equal(scores, np.round(scores, 4))
    assert np.abs(scores.sum(axis=1) - 1).max() < 1e-9
    assert np.array_equal(scores[[7]], head.scores(vectors[[7]]))
    assert head.scores(np.zeros((1, 64), np.float32)).sum() == pytest.approx(1)
    assert head.scores(np.empty((0, 64), np.float32)).shape == (0, 20)


def test_prompts_are_encoded_once_and_kept(tmp_path, tiny, head, monkeypatch):
    weights = find_weights(str(tiny), {})
    first = load_zero_shot(weights, tmp_path / "cache")
    kept = list((tmp_path / "cache").iterdir())
    assert [path.name for path in kept] == [f"{weights.digest()}-{load_prompts().digest}.npz"]
    asked = []
    monkeypatch.setattr(zero_shot, "encode_prompts", lambda *given: asked.append(given) or encode_prompts(*given))
    again = load_zero_shot(weights, tmp_path / "cache")
    assert asked == []
    assert np.array_equal(first.directions, again.directions)
    assert np.array_equal(first.directions, head.directions)
    kept[0].write_bytes(kept[0].read_bytes()[:1000])
    assert np.array_equal(load_zero_shot(weights, tmp_path / "cache").directions, first.directions)
    assert len(asked) == 1


def test_the_temperature_is_the_models_own_unless_one_was_fitted(tiny, head, monkeypatch):
    digest, prompts = find_weights(str(tiny), {}).digest(), load_prompts().digest
    assert (head.name, head.calibrated, head.attribute) == (f"zero-shot:{prompts}", False, "modality_biomedclip_v2")
    assert head.temperature == pytest.approx(0.07)
    monkeypatch.setattr(zero_shot, "_temperatures", lambda: {digest: {"prompts": prompts, "temperature": 0.02}})
    fitted = load_zero_shot(find_weights(str(tiny), {}))
    assert (fitted.name, fitted.calibrated, fitted.temperature) == (f"zero-shot:{prompts}:0.02", True, 0.02)
    monkeypatch.setattr(zero_shot, "_temperatures", lambda: {digest: {"prompts": "older", "temperature": 0.02}})
    assert head_name(digest) == f"zero-shot:{prompts}"


def test_another_open_clip_model_has_an_attribute_of_its_own():
    assert attribute_of("open_clip:ViT-B-32/laion2b_s34b_b79k") == "modality_open_clip_v2"
