"""published splits, groups and clusters -> split of each sample in the corpus, none of which a group or cluster straddles"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from schemas.modality import TEXT

TRAIN, VALIDATION = "train", "validation"
TEXT_CLUSTER = "text:"  # how a cluster of texts is marked among a sample's clusters


def in_validation(rows: pa.Table, splits: Mapping[str, str]) -> npt.NDArray[np.bool_]:
    """Which of `rows` (columns split, modality, group, clusters) are of the validation split: those the recipe's `splits` puts
    there, and all that a chain of shared groups or clusters ties to one of them. Equal texts on different images tie
    nothing ('No finding' stands under 60,361 of them): a text cluster counts for samples without images alone.
    Raises ValueError where a published split is not named in `splits`."""
    published = rows["split"].combine_chunks().dictionary_encode()
    names = published.dictionary.to_pylist()
    unknown = sorted(set(names) - set(splits))
    if unknown:
        raise ValueError(f"splits {unknown} are not named in the recipe, which names {sorted(splits)}; screen refuses them")
    lookup = np.array([splits[name] == VALIDATION for name in names], bool)
    validation = lookup[published.indices.to_numpy(zero_copy_only=False)] if len(rows) else np.zeros(0, bool)
    if not validation.any() or validation.all():
        return validation
    members, keys = _ties(rows)
    if not len(members):
        return validation
    return _spread(validation, members, keys)


def _ties(rows: pa.Table) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(position of a row, number of a key it holds), for every group and cluster that ties."""
    group = rows["group"].combine_chunks()
    grouped = np.flatnonzero(pc.not_equal(group, "").to_numpy(zero_copy_only=False))
    clusters = rows["clusters"].combine_chunks()
    owners = pc.list_parent_indices(clusters).to_numpy(zero_copy_only=False)
    names = pc.list_flatten(clusters)
    textless = pc.not_equal(rows["modality"].combine_chunks(), TEXT).to_numpy(zero_copy_only=False)
    is_text = pc.starts_with(names, TEXT_CLUSTER).to_numpy(zero_copy_only=False)
    ties = ~(is_text & textless[owners])
    keys = pa.concat_arrays(
        [
            pc.binary_join_element_wise("group", group.take(pa.array(grouped)), ":"),
            pc.binary_join_element_wise("cluster", names.filter(pa.array(ties)), ":"),
        ]
    )
    numbers = keys.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    return np.concatenate([grouped, owners[ties]]).astype(np.int64), numbers.astype(np.int64)


def _spread(validation: npt.NDArray[np.bool_], members: npt.NDArray[np.int64], keys: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    rows = len(validation)
    nodes = rows + int(keys.max()) + 1
    graph = coo_array((np.ones(len(members), np.int8), (members, rows + keys)), shape=(nodes, nodes))
    _, component = connected_components(graph, directed=False)
    touched = np.zeros(nodes, bool)
    touched[component[:rows][validation]] = True
    return touched[component[:rows]]
