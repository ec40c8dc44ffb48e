"""answers of a model at rest: DIR/<2 hex>/<key>.json, each written once and never changed, so that a run that repeats asks nothing"""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from curate.models.chat import LONGEST, Answer, Garbled
from pipelines.objects import StorePath
from pipelines.place import Place


@dataclass(frozen=True, slots=True)
class Answers:
    """A folder of them. Any number of threads, processes and runs may share it: the first answer to a question is the answer."""

    folder: Place

    def path(self, key: str) -> Place:
        return self.folder / key[:2] / f"{key}.json"

    def get(self, key: str) -> Answer | None:
        """None where there is none, or none that is whole."""
        try:
            with self.path(key).open("rb") as file:
                told = json.loads(file.read(8 * LONGEST))
            return Answer(content=told["content"], finish=told["finish"]) if told["key"] == key else None
        except (FileNotFoundError, ValueError, KeyError, TypeError, Garbled, RecursionError):
            return None

    def put(self, key: str, answer: Answer) -> Answer:
        """Keep it, unless another has come before; the one that is kept. A kill leaves it whole or not at all."""
        told = {"key": key, "content": answer.content, "finish": answer.finish}
        data, path = json.dumps(told, ensure_ascii=False, sort_keys=True).encode("utf-8"), self.path(key)
        if not isinstance(path, StorePath):
            return self._put_here(key, answer, path, data)
        if path.create_bytes(data):
            return answer
        if (kept := self.get(key)) is None:
            path.write_bytes(data)  # what lay there was damaged
        return kept or answer

    def _put_here(self, key: str, answer: Answer, path: Path, data: bytes) -> Answer:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.parent / f".{uuid.uuid4().hex}.tmp"
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if self._linked(temporary, path):
                return answer
            if (kept := self.get(key)) is not None:
                return kept
            temporary.replace(path)  # what lay there was damaged
            return answer
        finally:
            temporary.unlink(missing_ok=True)

    def is_empty(self) -> bool:
        return next(iter(self.folder.glob("??/*.json")), None) is None

    @staticmethod
    def _linked(temporary: Path, path: Path) -> bool:
        """A name in one step, only where there is none; a file system without links has the last answer win in place of the first."""
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        except OSError:  # no links here
            if path.exists():
                return False
            temporary.replace(path)
        return True
