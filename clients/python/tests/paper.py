"""The worked example, as it stands in the paper."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parents[3]
_TEXT = (ROOT / "docs/reference/ledger-format.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```(\w+) (.+)\n((?:.*\n)*?)```$", re.MULTILINE)
_BLOCKS = _BLOCK.findall(_TEXT.split("## 1. ")[1].split("## 2. ")[0])

VALUES = dict(line.split(" = ", 1) for _, name, text in _BLOCKS if name == "values" for line in text.splitlines())
LEAVES = [text.rstrip("\n").encode() for _, name, text in _BLOCKS if name.startswith("leaf[")]
CHECKPOINT = next(text for _, name, text in _BLOCKS if name == "checkpoint").encode()
PROOF = next(text for _, name, text in _BLOCKS if name == "tlog-proof").encode()
