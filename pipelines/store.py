"""gs:// and s3:// names -> an open bucket; a request -> its answer, or the error that a file system would raise"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from obstore.store import ClientConfig, GCSStore, RetryConfig, S3Store

Answer = TypeVar("Answer")

# A store that stumbles is asked again at once, by the client; one that is away for minutes (a restart, a cut network) by us, so that
# Ctrl-C is heard between. It costs time, no more; one that stays away ends the run with a clear word.
RETRY: RetryConfig = {"max_retries": 5, "retry_timeout": timedelta(seconds=10), "backoff": {"max_backoff": timedelta(seconds=2)}}
CLIENT: ClientConfig = {"timeout": "15m", "read_timeout": "60s", "connect_timeout": "5s"}  # whole request; silence within it; first word
PATIENCE = 180.0  # seconds
PAUSE = 2.0  # seconds between two tries of ours; the first are nearer
TOLD_AFTER = 15.0  # seconds
_SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION", "GOOGLE_BEARER_TOKEN")


class Conflict(OSError):
    """A conditional write found the object in another state than it named."""


def bucket(scheme: str, name: str) -> S3Store | GCSStore:
    """An open bucket. Credentials, region and endpoint come from the environment or the platform (instance metadata), from nowhere else.
    One a process, for all its threads; it is never pickled, and does not live on in a fork."""
    return _bucket(scheme, name, os.getpid())


@cache
def _bucket(scheme: str, name: str, process: int) -> S3Store | GCSStore:
    from obstore.store import GCSStore, S3Store

    if _first_process() != process:
        raise RuntimeError(f"{scheme}://{name}: a process that was forked after its parent opened a store cannot use it; start it anew")
    _check_environment(f"{scheme}://{name}")
    if scheme == "s3":
        endpoint = next(filter(None, map(os.environ.get, ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"))), "")
        return S3Store(name, client_options=_client(endpoint), retry_config=RETRY)
    emulator = os.environ.get("STORAGE_EMULATOR_HOST", "")
    if not emulator:
        return GCSStore(name, client_options=_client(os.environ.get("GOOGLE_BASE_URL", "")), retry_config=RETRY)
    address = emulator if "://" in emulator else f"http://{emulator}"
    nobody = {"gcs_base_url": address.rstrip("/"), "disable_oauth": True, "client_email": "", "private_key": "", "private_key_id": ""}
    return GCSStore(name, service_account_key=json.dumps(nobody), client_options=_client(address), retry_config=RETRY)


_HTTP = re.compile(r"https?://[\w.-]+(:\d+)?(/[\w./~-]*)?|https?://\[[0-9a-fA-F:]+\](:\d+)?(/[\w./~-]*)?")
_ENVIRONMENT = (
    *(
        (name, _HTTP, "an http:// or https:// address")
        for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT", "GOOGLE_BASE_URL")
    ),
    ("STORAGE_EMULATOR_HOST", re.compile(rf"(http://)?[\w.-]+(:\d+)?/?|{_HTTP.pattern}"), "HOST:PORT"),
    *((name, re.compile(r"[!-~]+"), "no blank or control character in it") for name in _SECRETS),
)


def _check_environment(url: str) -> None:
    """The client does not survive such values. What they are is not repeated: they may be secrets, or hold some."""
    for name, form, wanted in _ENVIRONMENT:
        if (value := os.environ.get(name)) and not form.fullmatch(value):
            raise OSError(errno.EINVAL, f"the environment's {name}: wanted {wanted}", url)


@cache
def _first_process() -> int:
    """That in which the client's threads run: a fork has none of them, and would wait for ever."""
    return os.getpid()


def _client(endpoint: str) -> ClientConfig:
    """Plain http only where the endpoint itself says so."""
    return {**CLIENT, "allow_http": True} if endpoint.startswith("http://") else CLIENT


def ask(url: str, request: Callable[[], Answer], patience: float | None = None) -> Answer:
    """The answer to a request about `url`, asked again for so many seconds (PATIENCE) while the store is away or stumbles. A request that
    was done though its answer was lost is done twice: it must bear that. Raises FileNotFoundError, PermissionError, Conflict, or OSError
    with one line that holds nothing of the answer's body: stores repeat names, tokens and contents in it."""
    patience, pause, began, told = PATIENCE if patience is None else patience, PAUSE / 16, time.monotonic(), False
    while True:
        try:
            with _translated(url):
                return request()
        except _Away as error:
            waited = time.monotonic() - began
            if waited > patience or not patience:
                raise OSError(errno.EIO, f"the object store failed for {waited:,.0f} s: {error.reason}", url) from None
            if waited > TOLD_AFTER and not told:
                print(f"{url}: the object store failed: {error.reason}; asking again for {patience:,.0f} s", file=sys.stderr, flush=True)
                told = True
        time.sleep(pause)
        pause = min(PAUSE, 2 * pause)


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Less patience, where a user waits for the first word: of one thread alone."""
    global PATIENCE
    before, PATIENCE = PATIENCE, seconds
    try:
        yield
    finally:
        PATIENCE = before


class _Away(Exception):
    """The store may answer another time."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@contextlib.contextmanager
def _translated(url: str) -> Iterator[None]:
    from obstore import exceptions

    try:
        yield
    except FileNotFoundError:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), url) from None
    except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError):
        raise PermissionError(errno.EACCES, "the object store refused it; look at the credentials in the environment", url) from None
    except (exceptions.AlreadyExistsError, exceptions.PreconditionError):
        raise Conflict(errno.EEXIST, "somebody else has written it", url) from None
    except ValueError:  # a part of it is '.' or '..', holds a control character or is no UTF-8
        raise FileNotFoundError(errno.ENOENT, "no object is read by such a name", url) from None
    except exceptions.GenericError as error:
        raise _generic(url, str(error)) from None
    except exceptions.BaseError as error:
        raise _other(url, error) from None


_PLATFORM = re.compile(
    r"169\.254\.|fd00:ec2::254|metadata\.google|[Tt]oken ?[Rr]equest|[Cc]redential|Missing \w+$|Unable to \w+ service", re.MULTILINE
)
_WANTED = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (files of a home folder are not looked at)",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
}


def _generic(url: str, text: str) -> Exception:
    if _PLATFORM.search(text.split("Debug source")[0].replace(url, "")):  # who it asked for credentials
        wanted = _WANTED[url.partition(":")[0]]
        return PermissionError(
            errno.EACCES, f"no credentials that can be used: wanted {wanted} in the environment, or a platform that gives them", url
        )
    status = re.search(r"\b([345]\d\d) [A-Z][a-z]+", text)
    if not status or status[1] in ("408", "429") or status[1] >= "500":
        return _Away(f"HTTP status {status[1]}" if status else _reason(text))
    if status[1] == "404":
        return FileNotFoundError(errno.ENOENT, "no such bucket", url)
    return OSError(errno.EIO, f"the object store refused it: HTTP status {status[1]}", url)


_REASONS = (
    (r"dns error|failed to lookup", "its name is not known to the network"),
    (r"certificate|UnknownIssuer", "its certificate is not trusted"),
    (r"[Tt]imed ?[Oo]ut|deadline", "no answer in time"),
    (r"[Cc]onnection refused|Connect", "it cannot be reached"),
    (r"[Rr]eset|Incomplete|closed|EOF|Body|Decode", "the connection broke"),
)


def _reason(text: str) -> str:
    """What went wrong, in words of our own."""
    return next((words for pattern, words in _REASONS if re.search(pattern, text)), "an answer that is not understood")


_NAME = re.compile(r'(?:Error parsing Path|Path) "((?:[^"\\]|\\.)*)"', re.DOTALL)


def _other(url: str, error: Exception) -> OSError:
    if named := _NAME.search(str(error)):
        name = named[1].encode("unicode_escape").decode("ascii")
        return OSError(errno.EINVAL, f"an object below it has a name that cannot be read ('{name}'): '//', '/./', '/../' or a control "
                       "character; rename or remove it", url)  # fmt: skip
    return OSError(errno.EIO, f"the object store refused it: {type(error).__name__}", url)
