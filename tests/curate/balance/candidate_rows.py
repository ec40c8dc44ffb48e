"""Candidates of balance as tests write them, and what select makes of them"""

import numpy as np
import pyarrow as pa

from curate.balance.columns import CANDIDATE, Gathering
from curate.balance.select import select
from curate.balance.splits import in_validation
from curate.digest import digest64
from curate.recipe import CorpusPlan

SPLITS = {"": "train", "train": "train", "validation": "validation"}


def candidate(id, **fields):
    plain = {"source": "a", "table": "t", "task": "caption", "domain": "medical", "modality": "xray", "reliability": 50, "pixels": 100}
    return {"id": id, **plain, "split": "", "group": "", "said": 0, "yes_no": False, "clusters": [], **fields}


def table(*rows, digests=None, buckets=1):
    """What is gathered of rows that come in so many buckets; `digests` where they are not those of the ids."""
    gathering = Gathering(len(rows), texts=True)
    for each in np.array_split(np.arange(len(rows)), buckets):
        given = [rows[at] for at in each.tolist()]
        digest = [digest64(row["id"]) if digests is None else digests[at] for at, row in zip(each.tolist(), given)]
        sizes = np.array([100 + at for at in each.tolist()], np.int64)
        gathering.add(pa.Table.from_pylist(given, schema=CANDIDATE), np.array(digest, np.uint64), sizes)
    return gathering.columns()


def choices(rows, *, digests=None, buckets=1, **plan):
    """(choices in the order of `rows`, the account)"""
    ids = [row["id"] for row in rows]
    columns = table(*rows, digests=digests, buckets=buckets)
    chosen, report = select(columns, in_validation(columns, SPLITS), CorpusPlan(name="medical", **plan), ids.__getitem__)
    return chosen.rows(0, pa.array(ids, pa.string())).to_pylist(), report


def drawn_rows(seed, count):
    """Of everything some: modalities as unequal as they are found, tasks, sources, patients of several modalities, texts of many."""
    draw = np.random.default_rng(seed)
    sources = [str(draw.choice(["a", "b", "c"], p=[0.6, 0.3, 0.1])) for _ in range(count)]
    return [
        candidate(
            f"s/{number}",
            source=source,
            task=str(draw.choice(["caption", "vqa"])),
            modality=str(draw.choice(["xray", "ct", "mri", "pet", "text", "other"], p=[0.4, 0.2, 0.1, 0.05, 0.2, 0.05])),
            domain=str(draw.choice(["medical", "general"], p=[0.95, 0.05])),
            reliability=int(draw.choice([50, 80])),
            pixels=int(draw.integers(0, 3)),
            group=str(draw.choice(["", *(f"{source}:p{patient}" for patient in range(count // 8 + 1))])),
            said=int(draw.choice([0, 1, 2, number + 3], p=[0.1, 0.15, 0.15, 0.6])),
            yes_no=bool(draw.random() < 0.3),
        )
        for number, source in enumerate(sources)
    ]
