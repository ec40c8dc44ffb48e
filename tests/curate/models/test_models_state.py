"""What lies in the place of a model's weights: one clear error each, and nothing in it is ever run"""

import io
import json
import pickle
import shutil
import struct
import zipfile

import numpy as np
import pytest

from curate.models.biomedclip import load
from curate.models.state import check_file, hub_digest, read_state
from curate.models.weights import Weights, WeightsError, find_weights

NAME = "open_clip_pytorch_model.bin"


@pytest.fixture
def model(tmp_path, tiny):
    folder = tmp_path / "model"
    shutil.copytree(tiny, folder)
    return folder


def told(folder, work=lambda weights: load(weights, "cpu-fp32")) -> str:
    """What is said of the model in `folder`; its beginning and end are the same for all faults."""
    with pytest.raises(WeightsError) as caught:
        work(find_weights(str(folder), {}))
    said = str(caught.value)
    assert said.startswith(f"BiomedCLIP: {folder}/")
    assert f"; download it with `hf download microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224 --local-dir {folder}`" in said
    return said.removeprefix(f"BiomedCLIP: {folder}/").partition("; download it")[0]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 784000000\n",
            "a Git LFS pointer: the file it stands for was not fetched ('git lfs pull' does)",
        ),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b'{"error": "not found"}', "text"),
        (b"\x80\x02}q\x00.", "5 bytes of another kind"),
        (b"PK\x03\x04" + bytes(200), "204 bytes that end too early or are damaged"),
    ],
)
@pytest.mark.parametrize("work", [read_state, check_file])
def test_what_is_no_weights_is_named(tmp_path, content, found, work):
    for name in ("open_clip_config.json", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    (tmp_path / NAME).write_bytes(content)
    if content.startswith(b"\x80"):
        found = "6 bytes of another kind"
    assert told(tmp_path, work) == f"{NAME}: found {found}, wanted weights as torch.save writes them"


@pytest.mark.parametrize("work", [read_state, check_file])
def test_weights_that_end_too_early_say_so(model, work):
    whole = (model / NAME).read_bytes()
    (model / NAME).write_bytes(whole[: len(whole) // 2])
    wanted = f"{NAME}: found {len(whole) // 2:,} bytes that end too early or are damaged, wanted weights as torch.save writes them"
    assert told(model, work) == wanted


def test_safetensors_that_end_too_early_say_so(model):
    (model / NAME).unlink()
    header = json.dumps({"visual.x": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}}).encode()
    (model / "open_clip_model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))
    found = f"{len(header) + 16} bytes that end too early or are damaged"
    assert told(model) == f"open_clip_model.safetensors: found {found}, wanted weights as safetensors writes them"


def test_a_bit_that_changed_is_seen_by_its_checksum(model):
    whole = bytearray((model / NAME).read_bytes())
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        largest = max(opened.infolist(), key=lambda member: member.file_size)
    whole[largest.header_offset + largest.file_size // 2] ^= 4
    (model / NAME).write_bytes(whole)
    found = f"a tensor that does not fit its checksum ('{largest.filename}')"
    assert told(model, check_file) == f"{NAME}: found {found}, wanted it as it was written: a bit has changed since"


def test_the_hubs_own_digest_is_held_against_the_file(model):
    notes = model / ".cache" / "huggingface" / "download"
    notes.mkdir(parents=True)
    (notes / f"{NAME}.metadata").write_text(f"{'c' * 40}\n{'0' * 64}\n1700000000.0\n")
    assert hub_digest(model / NAME) == "0" * 64
    assert told(model, check_file).endswith("wanted the hub's 0000000000000000...: it was damaged on its way or since")


def test_a_file_of_the_hubs_cache_carries_its_digest_in_its_name(tmp_path):
    (tmp_path / ("a" * 64)).write_bytes(b"x")
    (tmp_path / NAME).symlink_to("a" * 64)
    (tmp_path / "open_clip_config.json").symlink_to("b" * 40)
    assert hub_digest(tmp_path / NAME) == "a" * 64
    assert hub_digest(tmp_path / "open_clip_config.json") == ""


def test_whole_weights_are_let_through(model):
    check_file(find_weights(str(model), {}))


class _Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_pickled_code_is_refused_and_never_run(tmp_path, model):
    trap = tmp_path / "sprung"
    with zipfile.ZipFile(model / NAME, "w") as written:
        written.writestr("model/data.pkl", pickle.dumps({"visual.x": _Bomb(trap)}, protocol=2))
        written.writestr("model/version", "3\n")
        written.writestr("model/byteorder", "little")
    said = told(model)
    assert "with pickled code, which is never run, wanted weights as torch.save writes them" in said
    assert not trap.exists()


def rewritten(folder, change):
    import torch

    state = dict(torch.load(folder / NAME, weights_only=True))
    change(state)
    torch.save(state, folder / NAME)


def test_a_tensor_of_another_shape_is_named(model):
    import torch

    rewritten(model, lambda state: state.update({"visual.head.proj.weight": torch.zeros(32, 64)}))
    wanted = "'visual.head.proj.weight' of shape (32, 64), wanted (64, 64) as open_clip_config.json describes it"
    assert told(model) == f"{NAME}: found {wanted}"


def test_weights_without_an_image_tower_are_anothers(model):
    import torch

    (model / NAME).unlink()
    torch.save({"encoder.weight": torch.zeros(3)}, model / NAME)
    assert "no image tower at all; another model's?, wanted the " in told(model)


def test_weights_of_another_tower_name_the_first_that_lacks_and_the_first_there_is(model):
    import torch

    torch.save({"visual.conv1.weight": torch.zeros(3)}, model / NAME)
    said = told(model)
    assert "('visual.conv1.weight' and 0 more); another model's?" in said
    assert said.startswith(f"{NAME}: found no 'visual.")


def test_tensors_that_have_no_place_are_named(model):
    import torch

    rewritten(model, lambda state: state.update({"visual.more": torch.zeros(1)}))
    assert told(model) == f"{NAME}: found 'visual.more' and 0 more that have no place, wanted what open_clip_config.json describes"


def test_numbers_that_are_none_are_damage(model):
    rewritten(model, lambda state: state["visual.head.proj.weight"].fill_(float("nan")))
    assert told(model) == f"{NAME}: found numbers that are none (NaN or infinite), wanted finite ones"


@pytest.mark.parametrize("damaged", ["{", "[]", '{"model_cfg": {}}'])
def test_a_damaged_config_says_so(model, damaged):
    (model / "open_clip_config.json").write_text(damaged)
    wanted = "model_cfg with embed_dim, vision_cfg and text_cfg"
    assert told(model) == f"open_clip_config.json: found no JSON with its parts, wanted {wanted}"


def test_a_config_of_no_tower_says_so(model):
    text = (model / "open_clip_config.json").read_text().replace("test_vit", "no_such_tower")
    (model / "open_clip_config.json").write_text(text)
    assert told(model) == "open_clip_config.json: found a vision_cfg that open_clip cannot build, wanted the published one"


def test_names_that_training_put_before_are_taken_off(tmp_path):
    import torch

    torch.save({"state_dict": {"module.visual.a": torch.ones(2)}}, tmp_path / NAME)
    state = read_state(Weights(origin="folder", folder=tmp_path, text_folder=None))
    assert {name: tensor.tolist() for name, tensor in state.items()} == {"visual.a": [1.0, 1.0]}
    assert np.isfinite(state["visual.a"].numpy()).all()
