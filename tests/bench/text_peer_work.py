"""one text tool, a file of texts -> told.json: seconds to start, seconds of work, positions of the texts it would drop

python tests/bench/text_peer_work.py NAME FILE SCRATCH, by the Python that has the tool: nothing of the project is imported here. FILE has a
text a line, its words with one blank between, so that every tool sees the same words. All compare word 5-grams at 0.8 by 128 permutations
(datatrove by its 14 x 8); bands are a tool's own."""

from __future__ import annotations

import json
import os
import pickle
import resource
import struct
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

SIZE, THRESHOLD, PERMUTATIONS = 5, 0.8, 128
CORES = len(os.sched_getaffinity(0))
Work = Callable[[list[str], Path, Path], Iterable[int]]  # texts, their file, scratch -> dropped


def _shingles(texts: list[str]) -> Iterator[list[str]]:
    """What everyone writes first; a text shorter than a shingle is one."""
    for text in texts:
        words = text.split(" ")
        yield [" ".join(words[start : start + SIZE]) for start in range(max(1, len(words) - SIZE + 1))]


def _encoded(texts: list[str]) -> Iterator[list[bytes]]:
    return ([shingle.encode() for shingle in shingles] for shingles in _shingles(texts))


def datasketch_loop() -> Work:
    from datasketch import MinHash, MinHashLSH

    def work(texts: list[str], file: Path, scratch: Path) -> Iterator[int]:
        index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
        for number, shingles in enumerate(_encoded(texts)):
            signature = MinHash(num_perm=PERMUTATIONS)
            for shingle in shingles:
                signature.update(shingle)
            if index.query(signature):
                yield number
            else:
                index.insert(number, signature, check_duplication=False)

    return work


def datasketch_bulk() -> Work:
    from datasketch import MinHash, MinHashLSH

    def work(texts: list[str], file: Path, scratch: Path) -> Iterator[int]:
        index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
        for number, signature in enumerate(MinHash.bulk(_encoded(texts), num_perm=PERMUTATIONS)):
            if index.query(signature):
                yield number
            else:
                index.insert(number, signature, check_duplication=False)

    return work


def rensa(bands: int | None = None) -> Work:
    """As its page shows it: candidates by bands (8 unless said), checked by their signatures."""
    from rensa import RMinHashDeduplicator

    def work(texts: list[str], file: Path, scratch: Path) -> Iterator[int]:
        index = RMinHashDeduplicator(threshold=THRESHOLD, num_perm=PERMUTATIONS, use_lsh=True, num_bands=bands)
        kept = index.add_pairs((str(number), shingles) for number, shingles in enumerate(_shingles(texts)))
        return (number for number, keep in enumerate(kept) if not keep)

    return work


def rensa_16() -> Work:
    return rensa(16)


def gaoya() -> Work:
    from gaoya.minhash import MinHashStringIndex

    def work(texts: list[str], file: Path, scratch: Path) -> Iterator[int]:
        index = MinHashStringIndex(jaccard_threshold=THRESHOLD, num_bands=20, band_size=6, analyzer="word", ngram_range=(SIZE, SIZE))
        index.par_bulk_insert_docs(list(range(len(texts))), texts)
        dropped: set[int] = set()
        for number, found in enumerate(index.par_bulk_query(texts)):
            if number not in dropped:
                dropped.update(other for other in found if other > number)
        return iter(dropped)

    return work


def text_dedup() -> Work:
    from text_dedup import minhash

    def work(texts: list[str], file: Path, scratch: Path) -> Iterator[int]:
        out, home = scratch / "out", Path.cwd()
        table = scratch / "in.jsonl"
        table.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        asked = {"--path": "json", "--data_files": table, "--split": "train", "--cache_dir": scratch / "cache", "--output": out}
        asked |= {"--column": "text", "--ngram": SIZE, "--threshold": THRESHOLD, "--num_perm": PERMUTATIONS, "--num_proc": CORES}
        arguments = [str(part) for pair in asked.items() for part in pair]
        minhash.main([*arguments, "--debug"], standalone_mode=False)
        os.chdir(home)
        parents = pickle.loads((out / "uf.pkl").read_bytes())  # noqa: S301  # written a moment ago
        parents = getattr(parents, "parent", parents)
        return (number for number in parents if _root(parents, number) != number)

    return work


def _root(parents: dict[int, int], number: int) -> int:
    while parents.get(number, number) != number:
        number = parents[number]
    return number


def data_juicer() -> Work:
    from data_juicer.config import init_configs
    from data_juicer.core import DefaultExecutor

    def work(texts: list[str], file: Path, scratch: Path) -> Iterator[int]:
        rows = ({"text": text, "number": number} for number, text in enumerate(texts))
        (scratch / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        asked = {"tokenization": "space", "window_size": SIZE, "jaccard_threshold": THRESHOLD, "num_permutations": PERMUTATIONS}
        told = {"dataset_path": "in.jsonl", "export_path": "out/out.jsonl", "work_dir": "out", "ds_cache_dir": "cache"}
        config = {name: str(scratch / path) for name, path in told.items()}
        config |= {"np": CORES, "process": [{"document_minhash_deduplicator": asked}]}
        (scratch / "config.json").write_text(json.dumps(config))
        DefaultExecutor(init_configs(["--config", str(scratch / "config.json")])).run()
        kept = {json.loads(line)["number"] for line in (scratch / "out" / "out.jsonl").read_text().splitlines()}
        return (number for number in range(len(texts)) if number not in kept)

    return work


def datatrove() -> Work:
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupSignature, minhash
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.utils.text import TextNormConfig

    minhash.load_word_tokenizer = lambda language: Blanks()
    plain = TextNormConfig(norm_numbers=False, norm_unicode_diacritics=False, remove_punctuation=False)

    def work(texts: list[str], file: Path, scratch: Path) -> Iterator[int]:
        each = -(-len(texts) // CORES)
        (scratch / "in").mkdir()
        for part in range(CORES):
            lines = (json.dumps({"text": text, "id": str(number)}) for number, text in enumerate(texts[part * each : (part + 1) * each]))
            (scratch / "in" / f"{part}.jsonl").write_text("\n".join(lines) + "\n")
        config = minhash.MinhashConfig(n_grams=SIZE, norm_config=plain)
        reader, signatures = JsonlReader(str(scratch / "in")), MinhashDedupSignature(str(scratch / "sig"), config=config)
        steps = [
            ([reader, signatures], CORES),
            ([MinhashDedupBuckets(str(scratch / "sig"), str(scratch / "buckets"), config=config)], config.num_buckets),
            ([MinhashDedupCluster(str(scratch / "buckets"), str(scratch / "remove"), config=config)], 1),
        ]
        for number, (pipeline, tasks) in enumerate(steps):
            LocalPipelineExecutor(pipeline, tasks=tasks, workers=CORES, logging_dir=str(scratch / f"logs{number}")).run()
        for path in sorted((scratch / "remove").glob("*.remove")):
            for (number,) in struct.iter_unpack("<I", path.read_bytes()):
                yield int(path.name[:6]) * each + number

    return work


class Blanks:
    """In place of its English tokenizer: the words are known."""

    def word_tokenize(self, text: str) -> list[str]:
        return text.split()


def cpu_seconds() -> float:
    """Of this process with its threads, and of its children that have ended."""
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def main(name: str, file: str, scratch: str) -> None:
    began = time.perf_counter()
    work = globals()[name]()
    started, used = time.perf_counter(), cpu_seconds()
    texts = Path(file).read_text(encoding="utf-8").splitlines()
    dropped = sorted(work(texts, Path(file), Path(scratch)))
    took = {"start": started - began, "work": time.perf_counter() - started, "cpu": cpu_seconds() - used, "dropped": dropped}
    Path(scratch, "told.json").write_text(json.dumps(took))


if __name__ == "__main__":
    main(*sys.argv[1:])
