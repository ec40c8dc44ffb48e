"""turns, number of images -> chat messages with exactly one mark for each image, in place, in the user turns"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.sample import IMAGE_MARK

LITERAL = "[image]"  # what a mark that marks no image becomes; taking it out could join what is left into a new mark
OTHER_MARKS = {"<video>": "[video]", "<audio>": "[audio]"}  # trainers look for a film or a sound where a text says so; a corpus has none

Message = dict[str, str]


def chat_messages(turns: Sequence[tuple[str, str]], images: int) -> list[Message]:
    """`turns` as (role, text). The first `images` marks in user turns are kept where they stand; every other '<image>' is text of
    the publisher's and becomes '[image]', or a trainer would look for an image that is not there; likewise marks of films and sounds.
    Marks that are missing go behind the last one kept (images are shown in their order), or to the front of the first user turn, before
    a line break; where no user speaks, a turn of the marks alone is put before the first answer."""
    messages = [{"role": role, "content": _without_other_marks(text)} for role, text in turns]
    left = images
    last: Message | None = None
    for message in messages:
        kept = min(left, message["content"].count(IMAGE_MARK)) if message["role"] == "user" else 0
        message["content"] = _keep_marks(message["content"], kept)
        if kept:
            last, left = message, left - kept
    if left:
        _add_marks(messages, last, left)
    return messages


def _without_other_marks(text: str) -> str:
    for mark, literal in OTHER_MARKS.items():
        text = text.replace(mark, literal)
    return text


def _keep_marks(text: str, kept: int) -> str:
    parts = text.split(IMAGE_MARK)
    return IMAGE_MARK.join([*parts[:kept], LITERAL.join(parts[kept:])])


def _add_marks(messages: list[Message], last: Message | None, count: int) -> None:
    marks = IMAGE_MARK * count
    if last is not None:
        end = last["content"].rindex(IMAGE_MARK) + len(IMAGE_MARK)
        last["content"] = last["content"][:end] + marks + last["content"][end:]
        return
    first = next((message for message in messages if message["role"] == "user"), None)
    if first is not None:
        first["content"] = f"{marks}\n{first['content']}" if first["content"] else marks
        return
    place = next((position for position, message in enumerate(messages) if message["role"] != "system"), len(messages))
    messages.insert(place, {"role": "user", "content": marks})
