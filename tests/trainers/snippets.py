"""README -> its Python for trainers, block by block, with the names that a reader would change for his own"""

import re
from pathlib import Path
from typing import Any

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = README[README.index("### Training on it") : README.index("## The rooms")]
BLOCKS = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
LOAD, TRL, WEIGHTS, MIXTURE, STREAM = BLOCKS


def paste(block: str, names: dict[str, Any], **changed: str) -> dict[str, Any]:
    """Run `block` of README in `names`; `changed` names what stands in it (see `NAMES`) and what a reader would write instead."""
    for name, own in changed.items():
        assert block.count(NAMES[name]) == 1, f"README does not say {NAMES[name]} once"
        block = block.replace(NAMES[name], own)
    exec(compile(block, "README.md", "exec"), names)
    return names


NAMES = {
    "folder": '"OUT/corpora/medical"',
    "model": '"Qwen/Qwen2.5-VL-3B-Instruct"',
    "training": 'Path("training")',
    "cpu": "SFTConfig(str(out), ",
    "seen": 'Path(f"stream-{rank}.json")',
    "mixture": '["instruction"]',
    "learn": "...  #",
    "repeat": ".repeat(3)",
}
