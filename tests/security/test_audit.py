"""What the program needs: its terms, its versions, its known vulnerabilities"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.audit import advisories
from tests.audit.__main__ import main
from tests.audit.licences import ALLOWED, ALLOWED_IN_EXTRAS, Package, faults, is_allowed, needed


def test_all_that_is_needed_at_run_time_may_be_passed_on_under_the_programs_own_terms() -> None:
    packages = needed()
    assert faults(packages) == []
    at_run_time = {package.name for package in packages if not package.extra}
    assert {"apache-beam", "pyarrow", "torch", "tokenizers", "grpcio", "numpy"} <= at_run_time
    assert "pytest" not in at_run_time


@pytest.mark.parametrize(
    ("terms", "allowed"),
    [
        ("MIT", True), ("MIT OR GPL-3.0-only", True), ("MIT AND GPL-3.0-only", False), ("(MIT OR GPL-3.0-only) AND BSD-3-Clause", True),
        ("MIT OR (BSD-3-Clause AND AGPL-3.0-only)", True), ("BSD-3-Clause AND (AGPL-3.0-only)", False), ("GPL-3.0-or-later", False),
        ("Apache-2.0 WITH LLVM-exception AND MIT", True), ("GPL-2.0-only WITH Classpath-exception-2.0", False), ("", False),
        ("(MIT", False), ("MIT)", False), ("MIT Apache-2.0", False), ("some words of its own", False), ("LGPL-2.1-only", False),
    ],
)  # fmt: skip
def test_terms_are_read_as_spdx_has_them(terms: str, allowed: bool) -> None:
    assert is_allowed(terms, ALLOWED) is allowed


def test_a_package_of_other_terms_is_told_with_who_needs_it() -> None:
    packages = [("a", "1", "GPL-3.0-only", ""), ("b", "2", "LGPL-2.1-only", "slides"), ("c", "3", "GPL-3.0-only", "dev")]
    assert faults([Package(*each) for each in packages]) == [
        "a 1: 'GPL-3.0-only' found, needed by the program; wanted: terms of the list",
        "c 3: 'GPL-3.0-only' found, needed by dev; wanted: terms of the list",
    ]
    assert not any("GPL" in terms for terms in ALLOWED)
    assert {terms for terms in ALLOWED_IN_EXTRAS if "GPL" in terms} == {"LGPL-2.1-only", "LGPL-2.1-or-later"}


def test_every_version_is_pinned_and_no_line_names_a_place(tmp_path: Path) -> None:
    assert len(advisories.pinned()) > 100
    for line in ("numpy>=2", "--index-url https://example.org", "torch @ file:///a.whl", "git+https://example.org/x"):
        (tmp_path / "constraints.txt").write_text(f"{line}\n")
        with pytest.raises(ValueError, match="NAME==VERSION wanted"):
            advisories.pinned(tmp_path / "constraints.txt")


@pytest.fixture
def database() -> Iterator[str]:
    """One that answers as api.osv.dev does: it knows of one vulnerable version."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            known = {("numpy", asked_version): ["PYSEC-1", "GHSA-1"] for asked_version in [advisories.pinned()["numpy"]]}
            found = [known.get((query["package"]["name"], query["version"]), []) for query in asked]
            body = json.dumps({"results": [{"vulns": [{"id": id} for id in ids]} if ids else {} for ids in found]}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_known_vulnerability_fails_the_audit_and_is_named(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--server", database]) == 1
    told = capsys.readouterr()
    version = advisories.pinned()["numpy"]
    assert told.err == f"  numpy {version}: GHSA-1\n  numpy {version}: PYSEC-1\n"
    assert "2 known vulnerabilities" in told.out


def test_one_that_was_looked_at_is_passed(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advisories, "ACCEPTED", {"GHSA-1": "why", "PYSEC-1": "why"})
    assert main(["--server", database]) == 0


def test_a_database_that_cannot_be_reached_is_said_and_passed_unless_it_must_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--server", "http://127.0.0.1:9"]) == 0
    assert "advisories: SKIPPED, the database cannot be reached from here" in capsys.readouterr().out
    assert main(["--server", "http://127.0.0.1:9", "--must-ask"]) == 1
