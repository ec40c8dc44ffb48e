"""tables of one image -> its story in sentences; of a sample's image the part that its sample tells"""

from __future__ import annotations

from collections.abc import Iterator

from curate.pixels.burned_in import seen_text
from curate.report.reasons import meaning
from pipelines.fate import fate
from pipelines.history import History
from pipelines.witnesses import image_witnesses
from schemas.cluster import Member
from schemas.image import Image, ImageRef

Told = tuple[str, str]  # stage, sentence
SHOWN = 5  # ids of one list
PROOFS = {
    "first": "has copies",
    "bytes": "is the same file as {member.other}",
    "pixels": "has the same pixels as {member.other}",
    "phash": "looks like {member.other}: pHash {member.distance} bits apart, confirmed by its pixels, similarity {member.similarity:.4f}",
    "text": "is nearly that of {member.other}: similarity {member.similarity:.4f}",
}


def image_story(history: History, id: str) -> list[Told]:
    """What became of an image, and of the samples that show it; nothing if there is none of that id."""
    reference = history.row("ingest", "images", ImageRef, id)
    if reference is None:
        return []
    return [
        ("", f"{id}: an image of {reference.source}"),
        ("ingest", _where(reference)),
        ("inspect", image_words(history, id, ships=not reference.source.endswith("@benchmark"))),
        *_match(history, id),
        *_tagged(history, id),
        *_samples(history, reference),
    ]


def _where(reference: ImageRef) -> str:
    part = f" in {reference.member.archive}" if reference.member else f", frame {reference.frame}" if reference.frame >= 0 else ""
    return f"Found at {reference.path}{part}, {reference.size:,} bytes."


def _match(history: History, id: str) -> Iterator[Told]:
    if member := history.row("match", "images", Member, id):
        yield "match", f"It {member_words(member)}"
    elif history.has_run("match"):
        yield "match", "No copy of it was found among the images of the samples that passed screen."


def _tagged(history: History, id: str) -> Iterator[Told]:
    image = history.row("inspect", "images", Image, id)
    if image and image.pixel_digest:
        yield from (("tag", line) for line in image_witnesses(history, id, image.pixel_digest))


def _samples(history: History, reference: ImageRef) -> Iterator[Told]:
    ids = history.showing(reference.id, reference.source)
    yield "=>", f"{many(len(ids), 'sample')} of its source {'shows' if len(ids) == 1 else 'show'} it{':' if ids else ''}"
    for id in ids[:SHOWN]:
        yield "", f"{id}, {fate(history, id)}"
    if ids[SHOWN:]:
        yield "", f"... and {len(ids) - SHOWN:,} more"


def image_words(history: History, id: str, *, ships: bool) -> str:
    """What inspect saw of an image; with `ships` what of it would ship."""
    image = history.row("inspect", "images", Image, id)
    if image is None:
        return "It was not looked at."
    if image.reason:
        return f"Refused, {reason_words(image.reason, image.evidence or '')}"
    facts = [f"{image.width} x {image.height} pixels, {image.mode}, {image.bits} bits, pHash {image.phash:016x}"]
    if image.window:
        facts.append(f"shown from {image.window.low:g} to {image.window.high:g} ({image.window.by})")
    facts += [seen_text(image) or f"{image.text_by}: no text found"] if image.text_by else []
    facts += ["of a single value"] * image.blank + ["synthetic"] * image.is_synthetic
    facts += [f"DICOM Modality {image.header_modality}"] if image.header_modality else []
    said = f"Decoded from {image.format}: {'; '.join(facts)}."
    if not image.ship or not ships:
        return said
    member = f" ({image.ship.member})" if image.ship.member else ""
    return f"{said} It would ship as {image.ship.length:,} bytes of {image.ship.format}, from {image.ship.path}{member}."


def member_words(member: Member) -> str:
    """What follows 'Image 1', 'Its text' or 'It'."""
    proof = PROOFS.get(member.proof, f"is a copy, by {member.proof}, of {member.other}")
    return f"{proof.format(member=member)} (cluster {member.cluster})."


def reason_words(reason: str, evidence: str) -> str:
    """'caption_too_short: its caption has fewer tokens than the limit (6 < 10).'"""
    return f"{reason}: {meaning(reason).rstrip('.')}{f' ({evidence})' if evidence else ''}."


def many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
