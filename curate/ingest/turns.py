"""the turns of a table -> the conversation of a row, with one mark for each image"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from curate.digest import choose
from curate.ingest.render import Absent, Render, TextOf, Unfit, Unsaid, compile_template, getter, named, wrong_type
from curate.read import Row
from schemas.sample import IMAGE_MARK, Role, Turn

Wordings = Mapping[str, Mapping[str, tuple[str, ...]]]
Speak = Callable[[Row, str, str], list[Turn]]  # (row, sample id, language)

ROLES: Mapping[str, Role] = {
    "human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "model": "assistant", "bot": "assistant",
    "system": "system",
}  # fmt: skip

SAID = {"role": "from", "text": "value"}  # of a conversation's turn: where its speaker and its words are


def compile_turns(spec: Any, read: TextOf, wordings: Wordings) -> Speak:
    """The turns of a row in order, without image marks of our own. Raises Unfit: text_missing, column_missing, role_unknown."""
    match spec:
        case {"conversation": columns}:
            return _conversation([columns] if isinstance(columns, str) else columns, spec, read)
        case {"alternate": column}:
            return _alternate(column, read)
    each = [_turn(turn, read, wordings) for turn in spec]
    return lambda row, id, language: [turn for make in each if (turn := make(row, id, language)) is not None]


def compile_opened(spec: Any, read: TextOf, wordings: Wordings) -> Speak | None:
    """The same turns as they read without choices: of those that say `open` that, of the others what they are. None where no turn does;
    no turns of a row in which one cannot be said."""
    if not isinstance(spec, Sequence) or not any("open" in turn for turn in spec):
        return None
    put = [{name: turn.get("open", said) if name in ROLES else said for name, said in turn.items() if name != "open"} for turn in spec]
    speak = compile_turns(put, read, wordings)

    def opened(row: Row, id: str, language: str) -> list[Turn]:
        try:
            return speak(row, id, language)
        except Unfit:
            return []

    return opened


def _turn(spec: Mapping[str, Any], read: TextOf, wordings: Wordings) -> Callable[[Row, str, str], Turn | None]:
    role: Role = next(name for name in ("system", "user", "assistant") if name in spec)  # type: ignore[assignment]
    optional = spec.get("optional", False)
    word = _wording(spec[role], read, wordings)

    def turn(row: Row, id: str, language: str) -> Turn | None:
        try:
            text = word(row, id, language).strip()
        except Absent:
            if optional:
                return None
            raise
        if not text and not optional:
            raise Unfit("text_missing", f"the {role}'s turn is empty")
        return Turn(role=role, text=text) if text else None

    return turn


def _wording(spec: Any, read: TextOf, wordings: Wordings) -> Callable[[Row, str, str], str]:
    if isinstance(spec, str):
        alone = compile_template(spec, read, reason="text_missing")
        return lambda row, id, language: alone(row)
    if "prompts" in spec:
        return _worded("prompts", {"": spec["prompts"]}, read)
    names = [spec["prompt"]] if isinstance(spec["prompt"], str) else spec["prompt"]
    each = [_worded(name, wordings[name], read) for name in names]

    def first_that_fits(row: Row, id: str, language: str) -> str:
        for word in each[:-1]:
            try:
                return word(row, id, language)
            except Unsaid:
                raise
            except Absent:
                continue
        return each[-1](row, id, language)

    return first_that_fits


def _worded(name: str, texts: Mapping[str, Sequence[str]], read: TextOf) -> Callable[[Row, str, str], str]:
    """One of the wordings in the row's language, by the hash of the id."""
    renders = {language: [compile_template(text, read, reason="text_missing") for text in listed] for language, listed in texts.items()}
    fallback = renders.get("en") or next(iter(renders.values()))

    def chosen(row: Row, id: str, language: str) -> str:
        options = renders.get(language) or renders.get(language.split("-")[0]) or fallback
        first = choose(len(options), id, name)
        return _said([*options[first:], *options[:first]], row)

    return chosen


def _said(options: list[Render], row: Row) -> str:
    """The first that needs no column that is empty. Raises Absent, the first one's, where each does; Unsaid goes before."""
    absent: Absent | None = None
    for option in options:
        try:
            return option(row)
        except Absent as error:
            absent = error if absent is None or (isinstance(error, Unsaid) and not isinstance(absent, Unsaid)) else absent
    raise absent or Absent("text_missing", "no wordings")


def _conversation(columns: list[str], spec: Mapping[str, Any], read: TextOf) -> Speak:
    getters = [getter(column) for column in columns]
    role_of, text_in = (getter(spec.get(name, default)) for name, default in SAID.items())
    role, text = (named(read, f"{columns[0]}.{spec.get(name, default)}") for name, default in SAID.items())
    roles = {**ROLES, **{word.casefold(): role for word, role in spec.get("roles", {}).items()}}

    def speak(row: Row, id: str, language: str) -> list[Turn]:
        found = next((value for get in getters if (value := get(row)) is not None), None)
        if not found:
            raise Unfit("text_missing" if found is not None else "column_missing", f"no turns in column '{columns[0]}'", column=columns[0])
        if not isinstance(found, list | tuple):
            raise wrong_type("a list of turns", found, columns[0])
        turns: list[Turn] = []
        for item in found:
            speaker = roles.get(role(role_of(item)).casefold()) if isinstance(item, dict) else None
            if speaker is None:
                raise Unfit("role_unknown", f"turn {len(turns) + 1} of {len(found)}")
            turns.append(Turn(role=speaker, text=text(text_in(item))))
        return turns

    return speak


def _alternate(column: str, read: TextOf) -> Speak:
    get, text = getter(column), named(read, column)

    def speak(row: Row, id: str, language: str) -> list[Turn]:
        found = get(row)
        if not found:
            raise Unfit("text_missing", f"no turns in column '{column}'", column=column)
        if not isinstance(found, list | tuple) or any(isinstance(item, list | tuple) for item in found):
            raise wrong_type("a list of texts", found, column)
        return [Turn(role="assistant" if position % 2 else "user", text=text(item)) for position, item in enumerate(found)]

    return speak


def check_turns(turns: list[Turn]) -> None:
    """A system turn at most, then user and assistant by turns, the last word the assistant's. Raises Unfit: turns_order, text_missing."""
    spoken = turns[1:] if turns and turns[0].role == "system" else turns
    if not spoken:
        raise Unfit("text_missing", "no turns")
    for position, turn in enumerate(spoken):
        if turn.role != ("assistant" if position % 2 else "user"):
            raise Unfit("turns_order", f"turn {position + 1} of {len(spoken)} is the {turn.role}'s")
    if len(spoken) % 2:
        raise Unfit("turns_order", f"{len(spoken)} turns, the last without an answer")
    for position, turn in enumerate(turns):
        if not turn.text.strip():  # an image alone may be a question
            raise Unfit("text_missing", f"turn {position + 1} of {len(turns)} is empty")


def mark_images(turns: list[Turn], images: int) -> list[Turn]:
    """As many marks as images, all in user turns: the publisher's own where their number is right, else before the first user turn."""
    marks = sum(turn.text.count(IMAGE_MARK) for turn in turns)
    theirs = marks == images and all(turn.role == "user" or IMAGE_MARK not in turn.text for turn in turns)
    if theirs:
        return turns
    if marks:
        turns = [Turn(role=turn.role, text=_unmarked(turn.text)) if IMAGE_MARK in turn.text else turn for turn in turns]
    first = next((position for position, turn in enumerate(turns) if turn.role == "user"), None)
    if first is None:
        return turns  # check_turns says so
    text = f"{IMAGE_MARK}\n" * images + turns[first].text
    return [Turn(role="user", text=text.strip()) if position == first else turn for position, turn in enumerate(turns)]


def _unmarked(text: str) -> str:
    return text.replace(f"{IMAGE_MARK}\n", "").replace(f"\n{IMAGE_MARK}", "").replace(IMAGE_MARK, "").strip()
