import subprocess
import sys

import pytest

from curate.models import weights as room
from curate.models.hub import hub_cache
from curate.models.weights import MODEL, TEXT_MODEL, WeightsError, find_weights

FILES = ("open_clip_config.json", "open_clip_pytorch_model.bin", "tokenizer.json", "vocab.txt")


def remedy(folder):
    return (
        f"download it with `hf download {MODEL} --local-dir {folder}` on a machine with network "
        f"(784 MB; its card allows research use only), put it in {folder} and name that folder with --weights"
    )


def published(folder, files=FILES):
    folder.mkdir(parents=True, exist_ok=True)
    for name in files:
        (folder / name).write_bytes(b"{}")
    return folder


def cached(home, repository, files):
    root = home / "hub" / ("models--" + repository.replace("/", "--"))
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text("abc")
    return published(root / "snapshots" / "abc", files)


def test_a_folder_of_the_published_layout_is_found(tmp_path):
    found = find_weights(str(published(tmp_path)), {})
    assert (found.origin, found.folder, found.text_folder) == ("folder", tmp_path, tmp_path)
    assert found.file == tmp_path / "open_clip_pytorch_model.bin"
    assert found.digest() == "44136fa355b3678a"  # SHA-256 of '{}'


def test_safetensors_are_preferred_as_open_clip_prefers_them(tmp_path):
    published(tmp_path, (*FILES, "open_clip_model.safetensors"))
    assert find_weights(str(tmp_path), {}).file.name == "open_clip_model.safetensors"


def test_a_folder_that_lacks_files_says_which_and_what_to_do(tmp_path):
    with pytest.raises(WeightsError) as caught:
        find_weights(str(published(tmp_path, ("open_clip_config.json",))), {})
    assert str(caught.value) == (
        f"BiomedCLIP: {tmp_path} lacks open_clip_model.safetensors or open_clip_pytorch_model.safetensors or open_clip_pytorch_model.bin, "
        f"tokenizer.json or vocab.txt; {remedy(tmp_path)}"
    )


def test_a_folder_that_is_not_there_says_so(tmp_path):
    folder = tmp_path / "no"
    with pytest.raises(WeightsError) as caught:
        find_weights(str(folder), {})
    wanted = "wanted a folder that holds it in the published layout"
    assert str(caught.value) == f"BiomedCLIP: {folder}: found no such folder, {wanted}; {remedy(folder)}"


def test_the_hub_cache_is_found_with_its_own_tokenizer(tmp_path):
    folder = cached(tmp_path, MODEL, FILES)
    found = find_weights(None, {"HF_HOME": str(tmp_path)})
    assert (found.origin, found.folder, found.text_folder) == ("cache", folder, folder)


def test_the_hub_cache_is_found_with_the_text_models_tokenizer(tmp_path):
    folder = cached(tmp_path, MODEL, FILES[:2])
    assert find_weights(None, {"HF_HOME": str(tmp_path)}) is None
    text = cached(tmp_path, TEXT_MODEL, ("config.json", "vocab.txt"))
    found = find_weights("auto", {"HF_HUB_CACHE": str(tmp_path / "hub")})
    assert (found.folder, found.text_folder) == (folder, text)


def test_no_files_and_no_network_is_none_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "is_reachable", lambda environ: pytest.fail("the network was asked"))
    assert find_weights(None, {"HF_HOME": str(tmp_path)}) is None


def test_the_network_is_taken_only_where_it_answers(tmp_path, monkeypatch):
    environ = {"HF_HOME": str(tmp_path)}
    monkeypatch.setattr(room, "is_reachable", lambda environ: True)
    assert find_weights(None, environ, network=True).origin == "network"
    monkeypatch.setattr(room, "is_reachable", lambda environ: False)
    assert find_weights(None, environ, network=True) is None


def test_an_offline_setting_is_obeyed_without_asking(tmp_path):
    assert find_weights(None, {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}, network=True) is None


def test_finding_imports_no_torch(tmp_path):
    published(tmp_path)
    code = f"import sys; from curate.models.weights import find_weights; find_weights({str(tmp_path)!r}); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize(
    ("environ", "place"),
    [
        ({"HF_HUB_CACHE": "/x/y", "HF_HOME": "/z"}, "/x/y"),
        ({"HF_HOME": "/z"}, "/z/hub"),
        ({"XDG_CACHE_HOME": "/c"}, "/c/huggingface/hub"),
    ],
)
def test_the_hub_cache_lies_where_the_hubs_client_has_it(environ, place):
    assert str(hub_cache(environ)) == place
