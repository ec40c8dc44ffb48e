"""texts -> how many tokens each has, by a named tokenizer"""

from __future__ import annotations

import functools
import gzip
import hashlib
import html
import importlib.util
import json
import os
from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Regex, models, pre_tokenizers
from tokenizers import Tokenizer as FastTokenizer

from curate.models.hub import hub_cache, is_offline, snapshot
from schemas.sample import IMAGE_MARK

CLIP_MERGES = 49152 - 256 - 2  # CLIP's vocabulary less its bytes and special tokens
# CLIP's pattern; 's also with a long s, as its IGNORECASE has it
CLIP_WORDS = r"'[sſ]|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
QWEN = "models--Qwen--Qwen2.5-*"  # every size and variant carries the same vocabulary


class TokenizerError(ValueError):
    """No tokenizer of that name can be opened; the message says what was tried."""


@dataclass(frozen=True)
class Tokenizer:
    """`name` is what the run records: kind and digest of the files that decide its counts."""

    name: str
    prepare: Callable[[str], str]
    encode_batch: Callable[[list[str]], Sequence[Sized]]

    def count(self, texts: Sequence[str]) -> np.ndarray:
        """Tokens of each of `texts`, int64; no special tokens are added, image marks are not counted."""
        distinct = dict.fromkeys(texts, 0)  # prompts and questions repeat by the thousand
        prepared = [self.prepare(text.replace(IMAGE_MARK, " ").strip() if IMAGE_MARK in text else text) for text in distinct]
        distinct.update(zip(distinct, map(len, self.encode_batch(prepared))))
        return np.fromiter((distinct[text] for text in texts), dtype=np.int64, count=len(texts))


def load_tokenizer(name: str, *, environ: Mapping[str, str] | None = None, network: bool = False) -> Tokenizer:
    """`auto`: Qwen2.5's tokenizer where its files lie in the hub cache, else `clip-bpe`, which open_clip carries.
    Else a tokenizer.json, a folder or a hub name, from local files; from the hub itself only with `network`. Raises TokenizerError."""
    environ = os.environ if environ is None else environ
    if name == "auto":
        cached = sorted(hub_cache(environ).glob(f"{QWEN}/snapshots/*/tokenizer.json"))
        return _from_file(cached[0], "qwen2.5") if cached else clip_bpe()
    if name == "clip-bpe":
        return clip_bpe()
    if Path(name).is_file():
        return _from_file(Path(name), Path(name).stem)
    folder = Path(name) if Path(name).is_dir() else snapshot(name, environ)
    if folder is not None and (folder / "tokenizer.json").is_file():
        return _from_file(folder / "tokenizer.json", Path(name).name)
    return _from_transformers(name, folder, network=network and not is_offline(environ))


@functools.cache
def clip_bpe() -> Tokenizer:
    """CLIP's byte-pair encoding, from the vocabulary open_clip carries; neither open_clip nor torch is imported (5-8 s).
    Counts equal those of open_clip.tokenizer.SimpleTokenizer. Raises TokenizerError where open_clip is not installed."""
    found = importlib.util.find_spec("open_clip")
    if found is None or found.origin is None:
        raise TokenizerError("clip-bpe: its vocabulary comes with the package open_clip_torch, which is not installed")
    packed = (Path(found.origin).parent / "bpe_simple_vocab_16e6.txt.gz").read_bytes()
    lines = gzip.decompress(packed).decode("utf-8").split("\n")[1 : CLIP_MERGES + 1]
    merges = [(left, right) for left, right in (line.split() for line in lines)]
    letters = _byte_letters()
    vocabulary = letters + [letter + "</w>" for letter in letters] + [left + right for left, right in merges]
    fast = FastTokenizer(
        models.BPE(
            vocab={piece: number for number, piece in enumerate(vocabulary)},
            merges=merges,
            end_of_word_suffix="</w>",
            continuing_subword_prefix="",
        )
    )
    fast.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(CLIP_WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return Tokenizer(_named("clip-bpe", packed), _clip_clean, _batch_of(fast))


def _byte_letters() -> list[str]:
    """A printable letter for each byte, in the order CLIP's vocabulary has them (GPT-2's bytes_to_unicode)."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    return [chr(byte) for byte in plain] + [chr(256 + place) for place in range(256 - len(plain))]


def _clip_clean(text: str) -> str:
    """open_clip's _clean_lower. ftfy leaves printable ASCII as it is, and it is slow: only other text goes through it."""
    if not (text.isascii() and text.replace("\n", "").isprintable()):
        import ftfy  # 40 ms

        text = ftfy.fix_text(text)
    if "&" in text:
        text = html.unescape(html.unescape(text))
    return " ".join(text.split()).lower()


def _from_file(path: Path, kind: str) -> Tokenizer:
    """A tokenizer.json, opened by `tokenizers` alone."""
    content = path.read_bytes()
    try:
        found = json.loads(content)  # `tokenizers` itself raises a bare Exception for a file cut short
    except ValueError as error:
        raise TokenizerError(f"tokenizer '{kind}': {path} is damaged: download it again") from error
    if not isinstance(found, dict) or "model" not in found:
        raise TokenizerError(f"tokenizer '{kind}': {path} holds no tokenizer as `tokenizers` writes it (tokenizer.json)")
    fast = FastTokenizer.from_str(content.decode("utf-8"))
    fast.no_padding()  # some published files pad or cut to a fixed length, which is no count
    fast.no_truncation()
    return Tokenizer(_named(kind, content), str, _batch_of(fast))


def _from_transformers(name: str, folder: Path | None, *, network: bool) -> Tokenizer:
    """Tokenizers without a tokenizer.json, and hub names that are not cached."""
    from transformers import AutoTokenizer  # seconds: only where nothing lighter opens it

    try:
        slow = AutoTokenizer.from_pretrained(str(folder or name), local_files_only=not network, trust_remote_code=False)
    except (OSError, ValueError) as error:
        tried = "a folder, the local hub cache, the hub" if network else "a folder, the local hub cache (the network was not asked)"
        raise TokenizerError(f"tokenizer '{name}' cannot be opened; tried: {tried}. 'clip-bpe' needs no download") from error
    pieces = "\n".join(f"{piece}\t{number}" for piece, number in sorted(slow.get_vocab().items()))

    def encode(texts: list[str]) -> Sequence[Sized]:
        return slow(texts, add_special_tokens=False, verbose=False)["input_ids"] if texts else []

    return Tokenizer(_named(Path(name).name, pieces.encode("utf-8", "surrogatepass")), str, encode)


def _batch_of(fast: FastTokenizer) -> Callable[[list[str]], Sequence[Sized]]:
    return functools.partial(fast.encode_batch_fast, add_special_tokens=False)  # type: ignore[return-value]  # an Encoding has a length


def _named(kind: str, content: bytes) -> str:
    return f"{kind}:{hashlib.sha256(content).hexdigest()[:16]}"
