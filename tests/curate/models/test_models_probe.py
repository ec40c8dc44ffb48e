"""A probe is scored by hand, and its file is to the bit or an error"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from curate.models.probe import CLASSES, Probe, ProbeError, class_of, load_probe, model_of, rounded

CT, MRI, PAGE = (next(each for each in CLASSES if each.name == name) for name in ("ct", "mri", "page"))
EMBEDDER = "pixels:0123456789abcdef"


def probe(**changed: object) -> Probe:
    arrays = {
        "weights": np.array([[1, 0], [0, 1], [-1, -1]], np.float32),
        "bias": np.array([0.5, 0, -0.5], np.float32),
        "mean": np.array([1, 2], np.float32),
        "scale": np.array([2, 1], np.float32),
        "centres": np.array([[1, 0], [0, 1], [-1, -1]], np.float32),
    }
    plain = {"attribute": "modality_pixels_v1", "embedder": EMBEDDER, "temperature": 2.0, "limit": 0.0, "clip": 5.0, "fitted": {"seed": 0}}
    return Probe(**{"classes": (CT, MRI, PAGE), **arrays, **plain, **changed})  # type: ignore[arg-type]


def softmax(*logits: float) -> list[float]:
    powers = np.exp(logits)
    return list(powers / powers.sum())


def test_scores_by_hand() -> None:
    scores = probe().scores(np.array([[3, 2], [1, 4]], np.float32))  # z = (1, 0) and (0, 2)
    assert scores.dtype == np.float64
    assert scores[0].tolist() == pytest.approx(softmax(1.5 / 2, 0, -1.5 / 2), abs=1e-4)
    assert scores[1].tolist() == pytest.approx(softmax(0.5 / 2, 2 / 2, -2.5 / 2), abs=1e-4)


def test_what_is_far_from_all_it_learnt_is_known_less() -> None:
    guarded = probe(limit=0.5)
    near, out = np.array([[3, 2]], np.float32), np.array([[7, 2]], np.float32)  # z = (1, 0), a centre; z = (3, 0)
    assert guarded.scores(near).tolist() == probe().scores(near).tolist()
    far = (np.sqrt(4 / 2) / 0.5) ** 2  # root mean square of (2, 0), against the limit
    assert guarded.scores(out)[0].tolist() == pytest.approx(softmax(3.5 / 2 / far, 0, -3.5 / 2 / far), abs=1e-4)


def test_wild_numbers_are_cut_and_none_decides() -> None:
    wild = np.array([[1e30, 2], [11, 2]], np.float32)  # z = (5, 0) both
    first, second = probe().scores(wild)
    assert first.tolist() == second.tolist()
    broken = probe().scores(np.array([[np.nan, 0], [np.inf, 0]], np.float32))
    assert broken.tolist() == [[0.3334, 0.3333, 0.3333]] * 2


def test_scores_are_ten_thousandths_that_sum_to_one_whatever_the_batch() -> None:
    rows = np.random.default_rng(1).normal(size=(500, 2)).astype(np.float32) * 3
    scores = probe(temperature=0.3).scores(rows)
    assert np.abs(scores.sum(axis=1) - 1).max() < 1e-12
    assert (np.round(scores, 4) == scores).all()
    assert (np.concatenate([probe(temperature=0.3).scores(rows[at : at + 7]) for at in range(0, 500, 7)]) == scores).all()
    assert rounded(np.full((1, 3), 1 / 3)).tolist() == [[0.3334, 0.3333, 0.3333]]


def test_embeddings_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match=r"embeddings are \(1, 3\), wanted \(n, 2\)"):
        probe().scores(np.zeros((1, 3), np.float32))


def test_saved_and_loaded_to_the_bit(tmp_path: Path) -> None:
    saved = probe()
    saved.save(tmp_path / "a.npz")
    saved.save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.npz", "b.npz"]
    loaded = load_probe(tmp_path / "a.npz", f"{EMBEDDER}:cuda-fp16")
    for name in ("weights", "bias", "mean", "scale", "centres"):
        assert getattr(loaded, name).tobytes() == getattr(saved, name).tobytes()
    same = ("attribute", "embedder", "classes", "temperature", "limit", "clip", "fitted", "name", "width")
    assert [getattr(loaded, name) for name in same] == [getattr(saved, name) for name in same]
    assert loaded.name == "probe:5e61c5ce23a723a3"  # the same bytes on every machine
    with np.load(tmp_path / "a.npz", allow_pickle=False) as plain:  # anyone can read it
        assert json.loads(plain["about"].tobytes())["embedder"] == EMBEDDER


def test_a_flipped_bit_and_a_cut_are_an_error_wherever_they_are(tmp_path: Path) -> None:
    content, path = probe().content(), tmp_path / "a.npz"
    for place in range(0, len(content), 7):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :])
        with pytest.raises(ProbeError, match=r"a\.npz: "):
            load_probe(path)
    for length in range(0, len(content), 29):
        path.write_bytes(content[:length])
        with pytest.raises(ProbeError, match=r"a\.npz: "):
            load_probe(path)


def anew(**members: np.ndarray | None) -> bytes:
    """The file with other members; None: without."""
    with np.load(io.BytesIO(probe().content())) as plain:
        arrays = {**{name: plain[name] for name in plain.files}, **members}
    written = io.BytesIO()
    np.savez(written, **{name: array for name, array in arrays.items() if array is not None})
    return written.getvalue()


def about(**changed: object) -> np.ndarray:
    with np.load(io.BytesIO(probe().content())) as plain:
        said = {**json.loads(plain["about"].tobytes()), **changed}
    return np.frombuffer(json.dumps(said).encode(), np.uint8)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no probe, or a damaged one (BadZipFile)"),
        (b"PK\3\4 and then", "no probe, or a damaged one (BadZipFile)"),
        (anew(bias=None), "no probe: wanted a zip of weights.npy, bias.npy, mean.npy, scale.npy, centres.npy, about.npy"),
        (anew(bias=np.zeros(2, np.float32)), "bias is float32 (2,), wanted float32 (3,)"),
        (anew(bias=np.zeros(3, np.float64)), "bias is float64 (3,), wanted float32 (3,)"),
        (anew(mean=np.array([0, np.nan], np.float32)), "mean holds what is no number"),
        (anew(scale=np.zeros(2, np.float32)), "temperature, clip and scales above 0 wanted"),
        (anew(bias=np.array([{}, {}, {}])), "no probe, or a damaged one (ValueError)"),  # a pickle
        (anew(about=about(format=2)), "format 2 found, this program reads 1"),
        (anew(about=about(temperature="2")), "no probe, or a damaged one (ValueError)"),
        (anew(about=about(classes=[])), "weights is float32 (3, 2), wanted float32 (0, 2)"),
        (anew(about=np.frombuffer(b"[" * 100_000, np.uint8)), "no probe, or a damaged one (RecursionError)"),
        (anew(), "a damaged probe: its bytes are not those that were written"),  # other times in its directory
    ],
)
def test_a_foreign_file_is_one_clear_error(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "f.npz").write_bytes(content)
    with pytest.raises(ProbeError) as told:
        load_probe(tmp_path / "f.npz")
    assert str(told.value).startswith(f"{tmp_path / 'f.npz'}: ")
    assert words in str(told.value)


def test_a_packed_file_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("weights", "bias", "mean", "scale", "centres", "about"):
            archive.writestr(f"{name}.npy", bytes(1 << 20))
    with pytest.raises(ProbeError, match="wanted members that are not packed"):
        load_probe(tmp_path / "bomb.npz")


def test_no_file_and_another_model(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match=r"none\.npz: cannot be read \(No such file or directory\)"):
        load_probe(tmp_path / "none.npz")
    probe().save(tmp_path / "a.npz")
    with pytest.raises(ProbeError) as told:
        load_probe(tmp_path / "a.npz", "biomedclip:ffff:cpu-fp32")
    assert f"fitted on embeddings of {EMBEDDER}, found biomedclip:ffff" in str(told.value)
    assert model_of("pixels:aa") == model_of("pixels:aa:cpu") == "pixels:aa"
    assert model_of("open_clip:ViT-B-32/tag:aa:cuda-fp16") == "open_clip:ViT-B-32/tag:aa"


def test_the_name_follows_every_part() -> None:
    names = {probe().name, probe(temperature=3.0).name, probe(fitted={"seed": 1}).name, replace(probe(), attribute="modality_x_v1").name}
    assert len(names) == 4


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (("ct", ""), "ct"), (("ct", "photograph"), "ct"), (("ocr", ""), "page"), (("other", "page"), "page"), (("page", ""), "page"),
        (("other", "natural image"), "natural_image"), (("other", ""), None), (("text", ""), None), (("CT", ""), None),
    ],
)  # fmt: skip
def test_classes_of_a_table(said: tuple[str, str], name: str | None) -> None:
    found = class_of(*said)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("held_out", "wanted"),
    [
        ({"by_source": {"pictures": 40, "sure": {"accuracy": 0.95, "coverage": 0.5}}, "all": None}, 20 / 22),
        ({"by_source": None, "all": {"pictures": 10, "sure": {"accuracy": 1.0, "coverage": 0.8}}}, 9 / 10),
        ({"by_source": {"pictures": 9, "sure": None}, "all": None}, None),
        ({"by_source": {"pictures": "many", "sure": {"accuracy": 1, "coverage": 1}}}, None),
        (None, None),
    ],
)
def test_how_far_it_may_be_believed_is_what_it_had_right_where_it_was_sure(held_out: object, wanted: float | None) -> None:
    assert probe(fitted={"held_out": held_out}).measured == (wanted if wanted is None else pytest.approx(wanted))
