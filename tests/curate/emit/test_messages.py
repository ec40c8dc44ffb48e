"""messages: exactly one mark for each image, in place, in the user turns"""

import pytest

from curate.emit.messages import chat_messages

M = "<image>"


@pytest.mark.parametrize(
    ("turns", "images", "contents"),
    [
        ([("user", "What is it?"), ("assistant", "A chest.")], 1, [f"{M}\nWhat is it?", "A chest."]),
        ([("user", "What is it?"), ("assistant", "A chest.")], 2, [f"{M}{M}\nWhat is it?", "A chest."]),
        ([("user", f"Is {M} like {M}?"), ("assistant", "Yes.")], 2, [f"Is {M} like {M}?", "Yes."]),
        ([("user", f"See {M}."), ("assistant", "Yes."), ("user", f"And {M}?")], 2, [f"See {M}.", "Yes.", f"And {M}?"]),
        ([("user", f"See {M}."), ("assistant", "Yes."), ("user", "And then?")], 3, [f"See {M}{M}{M}.", "Yes.", "And then?"]),
        ([("system", f"Look at {M}."), ("user", "Well?")], 1, ["Look at [image].", f"{M}\nWell?"]),
        ([("user", f"{M} What is an {M} tag?"), ("assistant", f"{M}")], 1, [f"{M} What is an [image] tag?", "[image]"]),
        ([("user", f"What does {M} mean?"), ("assistant", f"{M} shows.")], 0, ["What does [image] mean?", "[image] shows."]),
        ([("user", f"<ima{M}ge>"), ("assistant", "Yes.")], 0, ["<ima[image]ge>", "Yes."]),
        ([("user", f"{M} or <video>?"), ("assistant", "<audio> of a heart, <vid<video>eo>.")], 1,
         [f"{M} or [video]?", "[audio] of a heart, <vid[video]eo>."]),
        ([("user", ""), ("assistant", "A chest.")], 1, [M, "A chest."]),
        ([("system", "Be kind."), ("assistant", "A chest.")], 1, ["Be kind.", M, "A chest."]),
        ([("assistant", "A chest.")], 1, [M, "A chest."]),
        ([], 0, []),
    ],
)
def test_marks_are_as_many_as_images_and_stand_in_user_turns(turns, images, contents):
    messages = chat_messages(turns, images)
    assert [message["content"] for message in messages] == contents
    assert sum(message["content"].count(M) for message in messages if message["role"] == "user") == images
    assert not any(M in message["content"] for message in messages if message["role"] != "user")


def test_roles_and_order_stay():
    turns = [("system", "a"), ("user", "b"), ("assistant", "c"), ("user", "d")]
    assert [(message["role"], message["content"]) for message in chat_messages(turns, 0)] == turns
