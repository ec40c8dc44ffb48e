"""gs:// and s3:// addresses: what pathlib answers of a path without asking the disk"""

from __future__ import annotations

import fnmatch
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, TypeVar

Self = TypeVar("Self", bound="Address")

SCHEMES = ("gs", "s3")
LIKE = re.compile(r"([A-Za-z0-9+._-]+):(/+)(.*)", re.DOTALL)  # an address, or a mistyped one: 's3:/bucket' is no folder of anybody's
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,221}")  # S3 and GCS allow less
WANTED = f"a folder of this machine, or {' or '.join(f'{scheme}://BUCKET/...' for scheme in SCHEMES)}"


def is_remote(root: object) -> bool:
    """Whether a root is a bucket or a part of one."""
    return str(root).startswith(tuple(f"{scheme}://" for scheme in SCHEMES))


def is_address(name: str) -> bool:
    """Whether it is written as an address, of whatever kind."""
    return LIKE.fullmatch(name) is not None


def without_names(name: str) -> str:
    """What may be repeated: of an address its scheme alone, for a key may stand where a bucket should."""
    match = LIKE.fullmatch(name)
    return f"{match[1][:20]}:{match[2][:2]}..." if match else name


def address_fault(name: str) -> str | None:
    """What was wanted, where a name is written as an address and is none that is read. Nothing is asked of a network."""
    if not (match := LIKE.fullmatch(name)):
        return None
    scheme, slashes, rest = match[1], match[2], match[3]
    is_bucket = BUCKET.fullmatch(rest.partition("/")[0]) and not set("?#\0") & set(rest)
    if scheme in SCHEMES and slashes == "//":
        return None if is_bucket else f"wanted {WANTED}; credentials and endpoints come from the environment"
    is_meant = is_bucket and "@" not in rest and scheme.lower() in SCHEMES
    return f"wanted {WANTED}" + (f"; did you mean '{scheme.lower()}://{rest}'?" if is_meant else "")


def _joined(key: str, more: str) -> str:
    return "/".join(part for part in (*key.split("/"), *more.split("/")) if part not in ("", "."))


@functools.total_ordering
@dataclass(frozen=True, slots=True)
class Address:
    """An object in a bucket, or a prefix. It has no `__fspath__`: no library opens it unasked."""

    scheme: str
    bucket: str
    key: str  # '' is the bucket itself

    @classmethod
    def of(cls: type[Self], url: str | Address) -> Self:
        """Raises ValueError where it is no gs:// or s3:// URL."""
        if not is_remote(url):
            raise ValueError(f"{url}: a {' or '.join(f'{scheme}://' for scheme in SCHEMES)} address wanted")
        scheme, _, rest = str(url).partition("://")
        name, _, key = rest.partition("/")
        return cls(scheme, name, _joined("", key))

    def __str__(self) -> str:
        return f"{self.scheme}://{self.bucket}" + (f"/{self.key}" if self.key else "")

    as_posix = __str__

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.scheme, self.bucket, self.key)

    def __lt__(self, other: Address) -> bool:
        return self.parts < other.parts if isinstance(other, Address) else NotImplemented

    def __truediv__(self: Self, more: str | PurePosixPath) -> Self:
        if str(more).startswith("/"):
            raise ValueError(f"{more}: an absolute path cannot lie below {self}")
        return type(self)(self.scheme, self.bucket, _joined(self.key, str(more)))

    def joinpath(self: Self, *parts: str | PurePosixPath) -> Self:
        return functools.reduce(type(self).__truediv__, parts, self)

    @property
    def parts(self) -> tuple[str, ...]:
        return (f"{self.scheme}://{self.bucket}", *filter(None, self.key.split("/")))

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix

    @property
    def suffixes(self) -> list[str]:
        return PurePosixPath(self.name).suffixes

    @property
    def parent(self: Self) -> Self:
        return type(self)(self.scheme, self.bucket, self.key.rpartition("/")[0])

    @property
    def parents(self: Self) -> Sequence[Self]:
        found, at = [], self
        while at.key:
            at = at.parent
            found.append(at)
        return found

    def with_name(self: Self, name: str) -> Self:
        return self.parent / name

    def with_suffix(self: Self, suffix: str) -> Self:
        return self.with_name(PurePosixPath(self.name).with_suffix(suffix).name)

    def relative_to(self, other: str | Address) -> PurePosixPath:
        """Raises ValueError where it does not lie below `other`."""
        if not self.is_relative_to(other):
            raise ValueError(f"{self} does not lie below {other}")
        above = Address.of(other)
        return PurePosixPath(*self.parts[len(above.parts) :])

    def is_relative_to(self, other: str | Address) -> bool:
        above = Address.of(other).parts if is_remote(other) else ("",)
        return self.parts[: len(above)] == above

    def resolve(self: Self, strict: bool = False) -> Self:
        return self

    absolute = resolve

    def is_symlink(self) -> bool:
        return False


def fits(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether a path goes by a glob, part by part."""
    if not wanted:
        return not parts
    if wanted[0] == "**":
        return any(fits(parts[skip:], wanted[1:]) for skip in range(len(parts) + 1))
    return bool(parts) and fnmatch.fnmatchcase(parts[0], wanted[0]) and fits(parts[1:], wanted[1:])
