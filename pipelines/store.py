"""gs:// and s3:// names -> an open bucket; what a store answered -> the error that a file system would raise"""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from obstore.store import ClientConfig, GCSStore, RetryConfig, S3Store

# A store that is away for minutes (a restart, a cut network) costs time, no more; one that stays away ends the run with a clear word.
RETRY: RetryConfig = {"max_retries": 30, "retry_timeout": timedelta(minutes=3), "backoff": {"max_backoff": timedelta(seconds=10)}}
CLIENT: ClientConfig = {"timeout": "15m", "read_timeout": "60s", "connect_timeout": "10s"}  # whole request; silence within it; first word


class Conflict(OSError):
    """A conditional write found the object in another state than it named."""


@cache
def bucket(scheme: str, name: str) -> S3Store | GCSStore:
    """An open bucket. Credentials, region and endpoint come from the environment or the platform (instance metadata), from nowhere else.
    One a process: it may be used from many threads, and is never pickled."""
    from obstore.store import GCSStore, S3Store

    if scheme == "s3":
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT") or ""
        return S3Store(name, client_options=_client(endpoint), retry_config=RETRY)
    emulator = os.environ.get("STORAGE_EMULATOR_HOST", "")
    if not emulator:
        return GCSStore(name, client_options=_client(os.environ.get("GOOGLE_BASE_URL", "")), retry_config=RETRY)
    address = emulator if "://" in emulator else f"http://{emulator}"
    return GCSStore(name, base_url=address.rstrip("/"), skip_signature=True, client_options=_client(address), retry_config=RETRY)


def _client(endpoint: str) -> ClientConfig:
    """Plain http only where the endpoint itself says so."""
    return {**CLIENT, "allow_http": True} if endpoint.startswith("http://") else CLIENT


@contextlib.contextmanager
def asking(url: str) -> Iterator[None]:
    """Requests about `url`. Raises FileNotFoundError, PermissionError, Conflict, or OSError with one line that holds nothing of the
    answer's body: stores repeat names, tokens and contents in it."""
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
    except exceptions.BaseError as error:
        raise _refused(url, error) from None


def _refused(url: str, error: Exception) -> OSError:
    reason = why(error)
    if reason == "HTTP status 404":
        return FileNotFoundError(errno.ENOENT, "no such bucket", url)
    if named := _UNREADABLE.search(str(error)):
        name = named[1].encode("unicode_escape").decode("ascii")
        return OSError(errno.EINVAL, f"an object below it has a name that cannot be read ('{name}'): '//', '/./', '/../' or a control "
                       "character; rename or remove it", url)  # fmt: skip
    return OSError(errno.EIO, f"the object store failed: {reason}", url)


_UNREADABLE = re.compile(r'(?:Error parsing Path|Path) "((?:[^"\\]|\\.)*)"', re.DOTALL)
_REASONS = (
    (r"timed out|TimedOut|deadline", "no answer in time"),
    (r"[Cc]onnection refused|ConnectError|error trying to connect|tcp connect", "it cannot be reached"),
    (r"dns error|failed to lookup", "its name is not known to the network"),
    (r"[Cc]onnection reset|IncompleteMessage|IncompleteBody|connection closed|unexpected EOF", "the connection broke"),
    (r"certificate|UnknownIssuer", "its certificate is not trusted"),
)


def why(error: Any) -> str:
    """What went wrong, in words of our own."""
    text = str(error)
    status = re.search(r"\b(?:status(?: code)?:? ?|code )?([3-5]\d\d) [A-Z][a-z]+", text)
    if status:
        return f"HTTP status {status[1]}"
    return next((words for pattern, words in _REASONS if re.search(pattern, text)), type(error).__name__)
