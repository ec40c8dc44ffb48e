"""what is asked of a file or folder, wherever it lies: a pathlib.Path answers, and so does what stands for an object in a store"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, Literal, Protocol


class Somewhere(Protocol):
    """Raises what pathlib raises: FileNotFoundError, PermissionError, OSError."""

    @property
    def name(self) -> str: ...

    def __truediv__(self, name: str, /) -> Any: ...

    def is_dir(self) -> bool: ...

    def stat(self) -> Any:
        """With `st_size`."""

    def open(self, mode: Literal["rb"], /) -> BinaryIO: ...

    def read_bytes(self) -> bytes: ...

    def iterdir(self) -> Iterator[Any]: ...

    def resolve(self) -> Any: ...
