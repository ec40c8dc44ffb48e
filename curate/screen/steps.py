"""text as found -> its normal form as it ships, by small named steps, each one safe to repeat

Steps of ALWAYS are done to every text. The others are facts about how a publisher wrote a source: its manifest lists them under `clean`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable

from curate.words import ordered_marks
from schemas.sample import IMAGE_MARK

Step = Callable[[str], str]
REDACTED = "[REDACTED]"  # what somebody removed before us, of a kind that nobody knows

# C0 and C1 controls but tab and newline; the byte order mark; bidirectional controls, which show a reader other words than a trainer gets;
# soft hyphens and blanks of no width, which part words that look whole
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]")
_BLANKS = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_MISREAD = re.compile("[\xc2-\xf4][\x80-\xbf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2010-\u203a\u20ac\u2122]")
_ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_BREAK = re.compile(r"<(?:br|/p|/div|/li)\s{0,9}/?>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:b|i|u|em|strong|sub|sup|span|p|div|ul|ol|li|a|font|small|italic|bold|xref)"
    r"(?:\s{1,9}[a-z:-]{1,20}=(?:\"[^\"<>]{0,300}\"|'[^'<>]{0,300}'|[^\s<>\"']{1,100})){0,9}\s{0,9}/?>",
    re.IGNORECASE,
)
_LATEX = re.compile(r"\\documentclass\[[^\]]{0,40}\]\{minimal\}(?:(?!\\documentclass)[\s\S]){0,3000}?\\end\{document\}")
_FOREIGN_MARK = re.compile(r"<(?:image|img)[ _-]?\d+>|<img>(?:</img>)?|<imagehere>|<image_placeholder>|\[(?:img|image)\]", re.IGNORECASE)
_FIGURE = re.compile(
    r"\s*(?:(?i:(?:(?:supplementa(?:ry|l)|additional|extended data) )?fig(?:ure|s|ures)?\b\.?)|图片?|圖)"
    r"\s{0,3}[SE]?\d{1,3}(?:[-.]\d{1,2})?[A-Za-z]?"
    r"(?:\s{0,3}[.:：|、。](?!\d)\s{0,9}|\s{1,9}[-–—]\s{1,9}|\s{1,9}(?=[A-Z(\[\u4e00-\u9fff])|\s*\Z)"
)
_PANEL = re.compile(r"\s*(?:[(\[]([A-Za-z])[)\]][.:,]?\s{1,9}|([A-L])[).:]\s{1,9}(?=[A-Z(]))")
_OTHER_PANEL = re.compile(r"[(\[][B-Lb-l](?:[,\-–][B-Lb-l])?[)\]]|(?:^|[.;,]\s)[B-L][).:]\s")
_PLACEHOLDER = re.compile(r"_{3,}|\bX{4,}\b|\[\*\*[^\]\n]{0,100}\*\*\]")
_LOOSE = re.compile(r"(?<=[^\s])[ \t]{1,99}(?=[?.,;:!](?:\s|\Z))")
_RUN = re.compile(r"[ \t]{2,}|\t")
_CHOICE = re.compile(r"\s*[(（]?[A-J](?:[)）]|[.:：、．])\s{0,9}(?=\S)")


def fix_encoding(text: str) -> str:
    """UTF-8 that was read as Latin-1 or Windows-1252: 'itâ€™s' is "it’s". By ftfy, which leaves alone what may be meant."""
    if not _MISREAD.search(text):
        return text
    import ftfy  # 40 ms

    return ftfy.fix_encoding(text)


def normalize_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def compose_unicode(text: str) -> str:
    """NFC (UAX 15): one code point sequence for what looks the same. Never NFKC: it would turn 'cm²' into 'cm2'."""
    return unicodedata.normalize("NFC", ordered_marks(text))


def drop_controls(text: str) -> str:
    return _CONTROLS.sub("", text)


def plain_blanks(text: str) -> str:
    """Blanks that do not break, thin ones, ideographic ones: a blank."""
    return _BLANKS.sub(" ", text)


def unescape_entities(text: str) -> str:
    """'&lt;' is '<', and so is '&amp;lt;'. An image mark can be no part of what was escaped: it would show an image that is not there."""
    return IMAGE_MARK.join(_unescaped(piece) for piece in text.split(IMAGE_MARK))


def _unescaped(text: str) -> str:
    for _ in range(9):  # a text that was escaped more often was made to be
        if not _ENTITY.search(text):
            break
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return text.replace(IMAGE_MARK, "")


def drop_tags(text: str) -> str:
    """Tags of layout, not their content: 'H<sub>2</sub>O' is 'H2O'. 'p<0.05' is no tag."""
    return _TAG.sub("", _BREAK.sub("\n", text)) if "<" in text else text


def drop_latex(text: str) -> str:
    r"""The document that some publishers leave in front of a formula's plain form: '\documentclass[12pt]{minimal} ... \end{document}'."""
    return _LATEX.sub("", text) if "\\documentclass" in text else text


def drop_foreign_image_marks(text: str) -> str:
    """Marks of images that are not ours ('<image 1>', '<img>', '<ImageHere>'); ingest has set one of ours for each image."""
    return _FOREIGN_MARK.sub("", text)


def cut_figure_label(text: str) -> str:
    """'Figure 3. Axial CT.' is 'Axial CT.'; 'Figure 3 shows a mass.' stays."""
    found = _FIGURE.match(text)
    return text[found.end() :] if found else text


def cut_panel_letter(text: str) -> str:
    """'(A) Axial CT.' is 'Axial CT.', unless another panel comes later in the text. 'A. fumigatus' and 'A 45-year-old' stay."""
    found = _PANEL.match(text)
    return text[found.end() :] if found and not _OTHER_PANEL.search(text, found.end()) else text


def unify_placeholders(text: str) -> str:
    """'___' (MIMIC), 'XXXX' (Indiana), '[** **]': one mark, which a trainer can look for."""
    return _PLACEHOLDER.sub(REDACTED, text)


def close_up_punctuation(text: str) -> str:
    """'Is this normal ?' is 'Is this normal?'."""
    return _LOOSE.sub("", text)


def single_blanks(text: str) -> str:
    return _RUN.sub(" ", text)


def cut_choice_letter(text: str) -> str:
    """'B: Coronal' is 'Coronal'; a letter alone stays."""
    found = _CHOICE.match(text)
    return text[found.end() :] if found else text


def strip_ends(text: str) -> str:
    return text.strip()


ALWAYS: tuple[Step, ...] = (normalize_newlines, compose_unicode, drop_controls, plain_blanks, strip_ends)
OF_ANSWERS: tuple[Step, ...] = (cut_figure_label, cut_panel_letter, cut_choice_letter)  # what the assistant says, nothing else
STEPS: tuple[Step, ...] = (  # in the order in which they are done
    fix_encoding,  # before controls go: a misread quotation mark holds one
    normalize_newlines,
    unescape_entities,
    compose_unicode,
    drop_controls,
    plain_blanks,
    drop_latex,
    drop_tags,
    drop_foreign_image_marks,
    cut_figure_label,
    cut_panel_letter,
    cut_choice_letter,
    unify_placeholders,
    single_blanks,
    close_up_punctuation,
    strip_ends,
)
LISTED = tuple(step.__name__ for step in STEPS if step not in ALWAYS)  # that a manifest may list
