"""text -> the script most of its letters are of"""

from __future__ import annotations

import re

SCRIPTS = {  # the first ranges of those that the field's texts are written in; letters of other scripts are counted together
    "latin": re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
    "han": re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]"),
    "kana": re.compile("[\u3040-\u30ff]"),
    "hangul": re.compile("[\uac00-\ud7af\u1100-\u11ff]"),
    "cyrillic": re.compile("[\u0400-\u052f]"),
    "greek": re.compile("[\u0370-\u03ff]"),
    "arabic": re.compile("[\u0600-\u06ff\u0750-\u077f]"),
    "hebrew": re.compile("[\u0590-\u05ff]"),
    "devanagari": re.compile("[\u0900-\u097f]"),
    "thai": re.compile("[\u0e00-\u0e7f]"),
}
FEWEST = 12  # letters of which one can tell


def script_of(text: str) -> str:
    """The name of the script, '' where there are too few letters to tell. A sign of Chinese says as much as two letters: a Chinese answer
    full of names of drugs in Latin letters is Chinese."""
    counts = {name: len(pattern.findall(text)) for name, pattern in SCRIPTS.items()}
    counts["han"] *= 2
    name = max(counts, key=lambda name: counts[name])
    return name if counts[name] >= FEWEST else ""
