"""numbers and names -> words a reader takes in at once"""

from __future__ import annotations

import unicodedata


def whole(number: int | float) -> str:
    """1234567 -> 1,234,567"""
    return f"{round(number):,}"


def quantity(number: int) -> str:
    """Three digits that count: 1234567 -> 1.23 M. Exact below ten thousand."""
    for unit, name in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if number >= unit and number >= 10_000:
            return f"{number / unit:.3g} {name}" if number < 999.5 * unit else f"{number / unit:,.0f} {name}"
    return f"{number:,}"


def percent(share: float) -> str:
    """One decimal, none from 99.95 or at 0; what is there but rounds to nothing is told so."""
    if share == 0:
        return "0 %"
    if abs(share) < 0.0005:
        return "< 0.1 %"
    if 0.9995 <= share < 1:
        return "> 99.9 %"
    return "100 %" if share == 1 else f"{100 * share:.1f} %"


def size(count: int) -> str:
    """Bytes in decimal units, as disks are sold."""
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            return f"{count / unit:.3g} {name}" if count < 999.5 * unit else f"{count / unit:.0f} {name}"
    return f"{count} B"


def duration(seconds: float) -> str:
    """4.2 s, 3 min 05 s, 2 h 14 min"""
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"
    return f"{int(seconds) // 3600} h {int(seconds) % 3600 // 60:02d} min"


def rate(speed: float) -> str:
    """How many a second: whole, but two digits of what is under ten."""
    return whole(speed) if speed >= 10 else f"{speed:.2g}"



def ceiling(share: float) -> float:
    """The end of an axis of shares: the next of 10, 20, 30, 40, 60, 80, 100 per cent."""
    return next((end for end in (0.1, 0.2, 0.3, 0.4, 0.6, 0.8) if share <= end), 1.0)


def legible(text: str) -> str:
    """Control characters, and bytes that no name should hold, made visible instead of obeyed."""
    if text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    kind = unicodedata.category(character)
    return f"\\u{ord(character):04x}" if kind in ("Cc", "Cf", "Cs", "Co", "Cn") and character != "\n" else character
