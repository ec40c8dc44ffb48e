"""bytes of a file -> its text, piece by piece; a file in another encoding than its manifest says is told by what it seems to be"""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

from curate.read.opened import ReadFault

CHUNK = 1 << 18  # bytes read at a time
HEAD = 4096  # bytes looked at for signs of UTF-16
NULS = 0.04  # share of NUL bytes from which a text is no UTF-8: Chinese in UTF-16 has them in its punctuation alone
ENOUGH = {"gb18030": 4}  # characters that are UTF-8 by more than chance; of one byte a character 1
MARKS = ((codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF32_BE, "UTF-32"), (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))
HIGH = re.compile(rb"[\x80-\xff]+")
UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")  # in cp1252


class Decoded:
    """The text of a file. `bad` from the first piece on that holds bytes outside the encoding: they become lone surrogates, for which the
    reader must look in every row from there on (`has_bad_text`)."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self.file, self.encoding, self.bad, self.ended, self.begun = file, encoding, False, False, False
        self.decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)()
        self.rival = None if encoding in ("utf-8", "utf-16") else codecs.getincrementaldecoder("utf-8")()

    def more(self, size: int = CHUNK) -> str:
        """The next piece, '' at the end alone. Raises ReadFault: encoding_differs, bad_encoding."""
        while not self.ended:
            data = self.file.read(size)
            self.ended = not data
            if not self.begun:
                self.begun = True
                check_head(data[:HEAD], self.encoding)
            if text := self._decode(data):
                return text
        return ""

    def whole(self) -> str:
        return "".join(iter(self.more, ""))

    def _decode(self, data: bytes) -> str:
        if self.rival is not None and not data.isascii():
            self._compare(data)
        state = self.decoder.getstate()
        try:
            return self.decoder.decode(data, final=self.ended)
        except UnicodeDecodeError:
            if self.encoding == "utf-16":
                raise ReadFault("bad_encoding", found="bytes that are not utf-16", wanted="text in utf-16") from None
            self.bad = True
            self.decoder.errors = "surrogateescape"
            self.decoder.setstate(state)
            return self.decoder.decode(data, final=self.ended)

    def _compare(self, data: bytes) -> None:
        """Any bytes are text in latin-1, but what is UTF-8 is that by chance never."""
        try:
            text = self.rival.decode(data) if self.rival else ""
        except UnicodeDecodeError:
            self.rival = None
            return
        if len(text) - len(text.encode("ascii", "ignore")) >= ENOUGH.get(self.encoding, 1):
            raise ReadFault("encoding_differs", found="UTF-8", wanted=f"text in {self.encoding}, as the manifest says")


def check_head(head: bytes, encoding: str) -> None:
    """Raises ReadFault encoding_differs: UTF-16 or UTF-32 where the manifest says otherwise, or the reverse."""
    found = next((name for mark, name in MARKS if head.startswith(mark)), "")
    if not found and head.count(0) > max(1, NULS * len(head)):
        found = "UTF-16"
    if encoding == "utf-16" and found != "UTF-16":
        found = found or ("UTF-8 or one byte a character" if 0 not in head and _is_utf8(head) else "")
    elif encoding == "utf-16" or not found:
        return
    if found:
        raise ReadFault("encoding_differs", found=found, wanted=f"text in {encoding}, as the manifest says")


def _is_utf8(data: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def not_in(encoding: str, text: str) -> str:
    """What is said of a text with lone surrogates, and what its bytes may be instead: those of Chinese come in pairs."""
    try:
        data = text.encode(encoding, "surrogateescape")
    except UnicodeEncodeError:  # an escape in JSON, no byte
        return f"half of a character in {encoding}"
    likely = "latin-1" if UNDEFINED.search(data) else "cp1252"
    if all(len(run) % 2 == 0 for run in HIGH.findall(data)):
        likely = f"gb18030 or {likely}"
    return f"bytes that are not {encoding}, perhaps {likely}"
