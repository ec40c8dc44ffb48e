"""Nothing that is read can run: held over the syntax trees, so that a new reader cannot forget it"""

import ast
import io
import pickle
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.arrow import arrow_schema
from schemas.verdict import Verdict

ROOT = Path(__file__).parents[2]
FILES = [path.relative_to(ROOT) for floor in ("schemas", "curate", "pipelines") for path in sorted((ROOT / floor).rglob("*.py"))]
Call = ast.Call


@cache
def calls(path: Path) -> list[tuple[str, Call]]:
    """(dotted name as it is written, with the names of imports put in full; the call) of every call in a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            known |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    found = [(ast.unparse(node.func), node) for node in ast.walk(tree) if isinstance(node, Call)]
    return [(known.get(name.partition(".")[0], name.partition(".")[0]) + name[len(name.partition(".")[0]) :], call) for name, call in found]


def said(call: Call, name: str) -> object:
    return next((ast.literal_eval(word.value) for word in call.keywords if word.arg == name and isinstance(word.value, ast.Constant)), None)


RUNS = (  # calls that run what they are given, or can be made to
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "marshal.loads", "marshal.load", "shelve.open", "joblib.load",
    "dill.loads", "dill.load", "cloudpickle.loads", "cloudpickle.load", "pickle.load", "pickle.loads", "pickle.Unpickler", "yaml.load",
    "yaml.unsafe_load", "yaml.full_load", "yaml.load_all", "pandas.read_pickle", "torch.jit.load", "torch.hub.load", "runpy.run_path",
    "ctypes.CDLL", "importlib.import_module", "xml.etree.ElementTree.parse", "xml.etree.ElementTree.fromstring", "lxml.etree.parse",
    "tempfile.mktemp", "ssl._create_unverified_context", "jinja2.Template",
)  # fmt: skip
ALLOWED = {  # each with why nothing that was read comes there
    ("curate/confine.py", "runpy.run_path"): "runs the programs of this package by their paths",
    ("curate/confine.py", "ctypes.CDLL"): "the C library of the process itself",
    ("pipelines/worker.py", "ctypes.CDLL"): "the C library of the process itself",
}


def test_no_call_runs_what_it_is_given() -> None:
    found = {(str(path), name) for path in FILES for name, _ in calls(path) if name in RUNS}
    assert found - set(ALLOWED) == set()
    assert set(ALLOWED) - found == set(), "a reason for a call that is not there"


NEEDED: dict[str, Callable[[Call], bool]] = {  # calls that are safe only with a word
    "numpy.load": lambda call: said(call, "allow_pickle") is False,
    "np.load": lambda call: said(call, "allow_pickle") is False,
    "numpy.lib.format.read_array": lambda call: said(call, "allow_pickle") is False,
    "torch.load": lambda call: said(call, "weights_only") is True,
    "jinja2.Environment": lambda call: said(call, "autoescape") is True,
    "subprocess.run": lambda call: said(call, "shell") in (None, False),
    "subprocess.Popen": lambda call: said(call, "shell") in (None, False),
}
ENDINGS: dict[str, Callable[[Call], bool]] = {  # of names
    ".from_pretrained": lambda call: said(call, "trust_remote_code") is False,
    ".extractall": lambda call: False,
    ".extract": lambda call: False,
    "AutoModel": lambda call: False,
}


def unsafe(path: Path) -> Iterator[str]:
    for name, call in calls(path):
        wanted = NEEDED.get(name) or next((wanted for ending, wanted in ENDINGS.items() if name.endswith(ending)), None)
        if wanted is not None and not wanted(call):
            yield f"{path}:{call.lineno}: {name}"


def test_calls_that_are_safe_only_with_a_word_have_it() -> None:
    assert [told for path in FILES for told in unsafe(path)] == []


def test_the_looks_above_see_what_they_look_for(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "import numpy as n\nfrom pickle import loads as l\nimport subprocess\nfrom torch import load\n"
        "n.load(1)\nl(2)\nsubprocess.run('x', shell=True)\nload(3, weights_only=False)\nT.from_pretrained(4)\n"
    )
    path = tmp_path / "a.py"
    assert [name for name, _ in calls(path) if name in RUNS] == ["pickle.loads"]
    assert [told.rpartition(": ")[2] for told in unsafe(path)] == ["numpy.load", "subprocess.run", "torch.load", "T.from_pretrained"]


class Trap:
    """Runs when it is unpickled."""

    ran = False

    def __reduce__(self) -> tuple[object, ...]:
        return spring, ()


def spring() -> str:
    Trap.ran = True
    return "sprung"


@pytest.mark.parametrize("key", [b"ARROW:extension:metadata", b"pandas"])
def test_a_table_whose_schema_holds_a_pickle_is_read_without_it(key: bytes) -> None:
    """Arrow's own extension type of Python was a pickle in the metadata of a field (CVE-2023-47248)."""
    metadata = {b"ARROW:extension:name": b"arrow.py_extension_type", key: pickle.dumps(Trap())}
    schema = pa.schema([pa.field("id", pa.string(), metadata=metadata)], metadata=metadata)
    for written in (parquet_of(schema), ipc_of(schema)):
        assert written["id"].to_pylist() == ["a"]
    assert not Trap.ran
    assert arrow_schema(Verdict).field("id").type == pa.string()


def parquet_of(schema: pa.Schema) -> pa.Table:
    sink = io.BytesIO()
    pq.write_table(pa.table({"id": ["a"]}, schema=schema), sink)
    return pq.read_table(io.BytesIO(sink.getvalue()))


def ipc_of(schema: pa.Schema) -> pa.Table:
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, schema) as writer:
        writer.write_table(pa.table({"id": ["a"]}, schema=schema))
    return pa.ipc.open_file(sink.getvalue()).read_all()
