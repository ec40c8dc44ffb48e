"""a file on disk -> what a headless Chromium makes of it; over its DevTools protocol, through a pipe"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM: str | None = os.environ.get("CHROME_PATH") or next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = (
    "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check", "--disable-background-networking",
    "--disable-component-update", "--disable-extensions", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--force-color-profile=srgb", "--password-store=basic", "--use-mock-keychain",
)  # fmt: skip
PATIENCE = 60.0  # seconds for one answer
KEYS = {"Tab": 9, "Enter": 13, " ": 32, "Escape": 27}


class BrowserFailed(RuntimeError):
    """Chromium answered with an error, or not at all."""


class Browser:
    """One process; pages are opened in it one after the other."""

    def __init__(self, profile: str) -> None:
        self._sent, self._rest, self.events = 0, b"", list[dict[str, Any]]()
        reads, self._write = os.pipe()
        self._read, writes = os.pipe()
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (reads, writes)]  # above 4, so that neither is overwritten below

        def as_three_and_four() -> None:
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        root = ["--no-sandbox"] if os.geteuid() == 0 else []  # its sandbox refuses to start for root, in a container for instance
        command = [CHROMIUM or "chromium", *FLAGS, *root, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(  # no thread of ours runs beside it, so that the function before exec is safe
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, close_fds=False,
            preexec_fn=as_three_and_four, start_new_session=True,
        )  # fmt: skip
        for end in (reads, writes, *ends):
            os.close(end)

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """The result of one command. Events that arrive before it are kept in `events`."""
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        os.write(self._write, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + PATIENCE
        while True:
            answer = self._next(until, method)
            if answer.get("id") == message["id"]:
                if "error" in answer:
                    raise BrowserFailed(f"{method}: {answer['error']['message']}")
                return dict(answer["result"])
            self.events.append(answer)

    def wait(self, event: str, session: str) -> None:
        """Until the event has come, which may be before now."""
        until = time.monotonic() + PATIENCE
        while not any(found.get("method") == event and found.get("sessionId") == session for found in self.events):
            self.events.append(self._next(until, event))

    def _next(self, until: float, awaited: str) -> dict[str, Any]:
        while b"\0" not in self._rest:
            if not select.select([self._read], [], [], max(0.0, until - time.monotonic()))[0]:
                raise BrowserFailed(f"{awaited}: no answer in {PATIENCE:.0f} s")
            piece = os.read(self._read, 1 << 20)
            if not piece:
                raise BrowserFailed(f"{awaited}: {CHROMIUM} ended")
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(message))

    def close(self) -> None:
        """Its processes too: it forks, and all are of the one session that was begun for it."""
        try:
            self.call("Browser.close")
            self._process.wait(10)
        except (BrowserFailed, OSError, subprocess.TimeoutExpired):
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        os.close(self._read)
        os.close(self._write)


@dataclass
class Page:
    """One file, opened."""

    browser: Browser
    session: str
    seconds: float = 0.0  # from the request to the frame after the load event
    requests: list[str] = field(default_factory=list)

    def evaluate(self, script: str) -> Any:
        """The value of an expression, or of a promise, as JSON carries it."""
        answer = self.browser.call(
            "Runtime.evaluate", self.session, expression=script, returnByValue=True, awaitPromise=True, userGesture=True
        )  # fmt: skip
        if "exceptionDetails" in answer:
            thrown = answer["exceptionDetails"]
            raise BrowserFailed(thrown.get("exception", {}).get("description") or thrown["text"])
        return answer["result"].get("value")

    @property
    def complaints(self) -> list[str]:
        """What the console says: errors, warnings, exceptions that nothing caught."""
        found = []
        for event in self._events():
            told = event["params"]
            match event["method"]:
                case "Runtime.exceptionThrown":
                    found.append(told["exceptionDetails"].get("exception", {}).get("description") or told["exceptionDetails"]["text"])
                case "Runtime.consoleAPICalled" if told["type"] in ("error", "warning", "assert"):
                    found.append(" ".join(str(part.get("value", part.get("description", ""))) for part in told["args"]))
                case "Log.entryAdded" if told["entry"]["level"] in ("error", "warning"):
                    found.append(told["entry"]["text"])
        return found

    @property
    def loaded(self) -> list[str]:
        """Every address that was asked for, data: URIs not among them."""
        asked = [event["params"]["request"]["url"] for event in self._events() if event["method"] == "Network.requestWillBeSent"]
        return [address for address in asked if not address.startswith("data:")]

    def shape(self, *, width: int = 1400, height: int = 900, dark: bool = False, print: bool = False) -> None:
        """The screen, or the paper, that the page is laid out for."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.browser.call("Emulation.setDeviceMetricsOverride", self.session, **metrics)
        wishes = {"prefers-color-scheme": "dark" if dark else "light", "prefers-reduced-motion": "reduce"}  # a scroll ends where it begins
        features = [{"name": name, "value": value} for name, value in wishes.items()]
        self.browser.call("Emulation.setEmulatedMedia", self.session, media="print" if print else "", features=features)

    def settle(self) -> None:
        """Until the frame after the next is laid out."""
        self.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def press(self, key: str, *, shift: bool = False) -> None:
        told = {"key": key, "code": {" ": "Space"}.get(key, key), "windowsVirtualKeyCode": KEYS[key], "modifiers": 8 if shift else 0}
        text = {"Enter": "\r", " ": " "}.get(key)
        self.browser.call("Input.dispatchKeyEvent", self.session, type="keyDown", **told, **({"text": text} if text else {}))
        self.browser.call("Input.dispatchKeyEvent", self.session, type="keyUp", **told)

    def type(self, text: str) -> None:
        self.browser.call("Input.insertText", self.session, text=text)

    def named(self, role: str) -> list[str]:
        """What a screen reader calls the elements of one role, in their order."""
        nodes = self.browser.call("Accessibility.getFullAXTree", self.session)["nodes"]
        shown = (node for node in nodes if not node["ignored"] and node.get("role", {}).get("value") == role)
        return [node.get("name", {}).get("value", "") for node in shown]

    def screenshot(self, path: Path) -> None:
        """The whole page, as high as it is."""
        picture = self.browser.call("Page.captureScreenshot", self.session, format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(picture["data"]))

    def pdf(self) -> bytes:
        """As it is printed, on A4."""
        printed = self.browser.call("Page.printToPDF", self.session, paperWidth=8.27, paperHeight=11.69, printBackground=False)
        return base64.b64decode(printed["data"])

    def _events(self) -> Iterator[dict[str, Any]]:
        return (event for event in self.browser.events if event.get("sessionId") == self.session)


@contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium with a profile of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        opened = Browser(profile)
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def opened(
    browser: Browser, path: Path, *, width: int = 1400, height: int = 900, dark: bool = False, print: bool = False
) -> Iterator[Page]:
    """The file in a page of this size, until the frame after its load event."""
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    page = Page(browser, browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
    for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
        browser.call(f"{domain}.enable", page.session)
    page.shape(width=width, height=height, dark=dark, print=print)
    began = time.perf_counter()
    browser.call("Page.navigate", page.session, url=path.resolve().as_uri())
    browser.wait("Page.loadEventFired", page.session)
    page.settle()
    page.seconds = time.perf_counter() - began
    try:
        yield page
    finally:
        browser.call("Target.closeTarget", targetId=target)
