"""The XML side of gs://, which the client speaks, before fake-gcs-server, which speaks the JSON side and keeps objects and generations"""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from xml.sax.saxutils import escape

from tests.engines.fetch import GCS, gcs_ready
from tests.stores.proxy import Answer, Proxy

XML = {"Content-Type": "application/xml"}


class Front(Proxy):
    """Single objects, listings, and multipart uploads, whose parts it holds until their end."""

    def __init__(self, target: tuple[str, int]) -> None:
        super().__init__(target)
        self.uploads: dict[str, dict[int, bytes]] = {}

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if path.startswith(("/upload/", "/storage/")):  # the JSON side itself
            return super().answer(method, path, headers, body)
        where, _, question = path.partition("?")
        asked = dict(urllib.parse.parse_qsl(question, keep_blank_values=True))
        bucket, _, name = urllib.parse.unquote(where.lstrip("/")).partition("/")
        if not name:
            return self.listing(bucket, asked)
        if method == "POST" and "uploads" in asked:
            self.uploads[upload := uuid.uuid4().hex] = {}
            return Answer(200, XML, f"<R><UploadId>{upload}</UploadId></R>".encode())
        if "uploadId" in asked:
            return self.part(method, bucket, name, asked, body)
        if method == "PUT":
            return self.put(bucket, name, headers.get("x-goog-if-generation-match"), body)
        if method == "DELETE":
            return super().answer(method, self.object(bucket, name), {}, b"")
        return self.get(method, bucket, name, headers)

    def object(self, bucket: str, name: str) -> str:
        return f"/storage/v1/b/{bucket}/o/{urllib.parse.quote(name, safe='')}"

    def get(self, method: str, bucket: str, name: str, headers: Mapping[str, str]) -> Answer:
        wanted = {key: value for key, value in headers.items() if key.lower() == "range"}
        found = super().answer("GET", f"/download{self.object(bucket, name)}?alt=media", wanted, b"")
        if found.status >= 300:
            return Answer(found.status, XML, b"<Error><Code>NoSuchKey</Code></Error>")
        said = {key.lower(): value for key, value in found.headers.items()}
        said["etag"] = _tag(said["x-goog-hash"].rpartition("md5=")[2])
        if headers.get("If-Match", said["etag"]) != said["etag"]:
            return Answer(412, XML, b"<Error><Code>PreconditionFailed</Code></Error>")
        answer = Answer(found.status, said, found.body)
        return answer if method == "GET" else Answer(answer.status, {**said, "Content-Length": str(len(found.body))}, b"")

    def put(self, bucket: str, name: str, generation: str | None, body: bytes) -> Answer:
        asked = {"uploadType": "media", "name": name, **({"ifGenerationMatch": generation} if generation else {})}
        path = f"/upload/storage/v1/b/{bucket}/o?{urllib.parse.urlencode(asked)}"
        made = super().answer("POST", path, {"Content-Type": "application/octet-stream"}, body)
        if made.status >= 300:
            return Answer(made.status, XML, b"<Error><Code>Refused</Code></Error>")
        meta = json.loads(made.body)
        return Answer(200, {"ETag": _tag(meta["md5Hash"]), "x-goog-generation": meta["generation"]}, b"")

    def part(self, method: str, bucket: str, name: str, asked: Mapping[str, str], body: bytes) -> Answer:
        parts = self.uploads.get(asked["uploadId"])
        if parts is None:
            return Answer(404, XML, b"<Error><Code>NoSuchUpload</Code></Error>")
        if method == "PUT":
            parts[int(asked["partNumber"])] = body
            return Answer(200, {"ETag": f'"{asked["partNumber"]}"'}, b"")
        if method == "POST":
            made = self.put(bucket, name, None, b"".join(parts[number] for number in sorted(parts)))
            tag = f"<R><ETag>{escape(made.headers['ETag'])}</ETag></R>".encode()
            made = Answer(made.status, {**made.headers, **XML}, tag)
        else:
            made = Answer(204, {}, b"")
        del self.uploads[asked["uploadId"]]
        return made

    def listing(self, bucket: str, asked: Mapping[str, str]) -> Answer:
        names = {"prefix": "prefix", "delimiter": "delimiter", "continuation-token": "pageToken", "max-keys": "maxResults"}
        question = {names[name]: value for name, value in asked.items() if name in names}
        found = super().answer("GET", f"/storage/v1/b/{bucket}/o?{urllib.parse.urlencode({'maxResults': 1000, **question})}", {}, b"")
        if found.status >= 300:
            return Answer(found.status, XML, b"<Error><Code>NoSuchBucket</Code></Error>")
        page = json.loads(found.body)
        parts = [_entry(item) for item in page.get("items", ())]
        parts += [f"<CommonPrefixes><Prefix>{escape(prefix)}</Prefix></CommonPrefixes>" for prefix in page.get("prefixes", ())]
        if token := page.get("nextPageToken"):
            parts.append(f"<NextContinuationToken>{escape(token)}</NextContinuationToken>")
        return Answer(200, XML, f"<ListBucketResult>{''.join(parts)}</ListBucketResult>".encode())


def _entry(item: Mapping[str, Any]) -> str:
    told = {"Key": item["name"], "Size": item["size"], "LastModified": item["updated"], "ETag": _tag(item["md5Hash"])}
    return "<Contents>" + "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in told.items()) + "</Contents>"


def _tag(md5: str) -> str:
    """The ETag of the XML side: of an object that was not composed, its MD5."""
    return f'"{base64.b64decode(md5).hex()}"'


def fake_server() -> str | None:
    """The program: that of `python -m tests.engines.fetch gcs`, or one on the path."""
    return str(GCS / "fake-gcs-server") if gcs_ready() else shutil.which("fake-gcs-server")


@contextmanager
def google_front(bucket: str) -> Iterator[Front]:
    program = fake_server()
    if program is None:
        raise FileNotFoundError("no fake-gcs-server: 'python -m tests.engines.fetch gcs' builds it, with Go")
    with socket.socket() as free, tempfile.TemporaryFile() as log:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        address = f"127.0.0.1:{port}"
        command = [program, "-scheme", "http", "-backend", "memory", "-host", "127.0.0.1", "-port", str(port), "-public-host", address]
        server = subprocess.Popen([*command, "-log-level", "error"], stdout=log, stderr=log, env={**os.environ, "TZ": "UTC"})
        front = Front(("127.0.0.1", port))
        try:
            _make_bucket(f"http://{address}", bucket, server)
            yield front
        finally:
            front.stop()
            server.kill()
            server.wait()


def _make_bucket(url: str, bucket: str, server: subprocess.Popen[bytes]) -> None:
    made = urllib.request.Request(
        f"{url}/storage/v1/b?project=none", json.dumps({"name": bucket}).encode(), {"Content-Type": "application/json"}
    )
    while server.poll() is None:
        try:
            urllib.request.urlopen(made, timeout=10).close()
            return
        except urllib.error.URLError:  # it does not listen yet
            continue
    raise RuntimeError("fake-gcs-server ended")
