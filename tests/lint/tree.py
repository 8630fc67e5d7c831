"""For the tests of the lints: a small repository made of texts, and what a lint says of it."""

import pathlib
import tempfile
import unittest
from typing import Callable

from finding import Finding


class LintTest(unittest.TestCase):
    check: Callable[[pathlib.Path], list[Finding]]

    def findings(self, texts: dict[str, str]) -> list[str]:
        """Each finding as `path:line: what`."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for path, text in texts.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text, encoding="utf-8")
            return [str(finding) for finding in sorted(type(self).check(root))]

    def assert_finds(self, texts: dict[str, str], *beginnings: str) -> None:
        """Exactly these, in the order of path and line; the beginning of each is enough."""
        found = self.findings(texts)
        self.assertEqual(len(found), len(beginnings), "\n".join(found))
        for finding, beginning in zip(found, beginnings):
            self.assertTrue(finding.startswith(beginning), f"{finding}\n  is not\n{beginning}")
