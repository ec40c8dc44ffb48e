"""a command line -> the faults of one that holds secrets; they name the flag and never repeat what it holds"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

SECRET = re.compile(r"secret|passw|token|connection_?string|access_?key|credential|api_?key", re.IGNORECASE)
SIGNED = re.compile(r"(?:^|=)[a-z0-9+.-]+:/+[^/?#]*@", re.IGNORECASE)  # RFC 3986, 3.2.1: user information; mistyped ones too
INSTEAD = "a command line stands in lists of processes, in histories and in job graphs; name it in the environment (AWS_SECRET_ACCESS_KEY, "
INSTEAD += "GOOGLE_APPLICATION_CREDENTIALS, REWRITE_API_KEY ...), or leave it to the platform"


def is_secret(flag: str) -> bool:
    """Whether a flag of Beam's, as it is written, is one that holds a secret."""
    name = flag.partition("=")[0]
    return name.startswith("--") and SECRET.search(name) is not None


def secret_flags(flags: Sequence[str]) -> list[str]:
    return [f"{name}: holds a secret; {INSTEAD}" for name in dict.fromkeys(flag.partition("=")[0] for flag in flags if is_secret(flag))]


def without_secrets(flags: Sequence[str]) -> list[str]:
    """The others, which may be repeated."""
    return without(flags, is_secret)


def without(flags: Sequence[str], is_unwanted: Callable[[str], bool]) -> list[str]:
    """The others; `--name value` is one flag in two words."""
    before = ["", *flags]
    waits = [is_unwanted(last) and "=" not in last for last in before]
    return [flag for waited, flag in zip(waits, flags) if not is_unwanted(flag) and not (waited and not flag.startswith("--"))]


def is_signed(text: str) -> bool:
    return SIGNED.search(text) is not None


def signed_addresses(given: Mapping[str, object]) -> Iterator[str]:
    """Of all that a command was given, by name."""
    for name, value in given.items():
        texts = value if isinstance(value, list | tuple) else [value]
        if any(isinstance(text, str) and is_signed(text) for text in texts):
            yield f"--{name.replace('_', '-')}: an address with a name or a password in it; {INSTEAD}"
