#!/usr/bin/env python3
"""The page of the packs says what their METADATA blocks say."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "policies"))
import document  # noqa: E402  the path comes first


class DocumentTest(unittest.TestCase):
    def test_a_block_is_read_as_yaml_reads_it(self) -> None:
        lines = ["title: Two words", "description: First line,", "  and a second one.", "custom:", "  verdict: deny",
                 "  scope: {jurisdiction: [eu, us-co], stage: [effect]}", "  person:", "    en: No.", "    de: Nein.",
                 "  obligations:", "    - {type: notification, params: {to: security}, due: 4h}",
                 "    - {type: step_up}", "  version: 1"]
        self.assertEqual(document.block(lines), {
            "title": "Two words", "description": "First line, and a second one.", "custom": {
                "verdict": "deny", "scope": {"jurisdiction": ["eu", "us-co"], "stage": ["effect"]},
                "person": {"en": "No.", "de": "Nein."},
                "obligations": [{"type": "notification", "params": {"to": "security"}, "due": "4h"},
                                {"type": "step_up"}],
                "version": "1"}})

    def test_what_a_rule_asks_for_is_found_in_it_and_in_what_it_names(self) -> None:
        rule = 'r if x else := {"missing": ["facts.a", "person.b"]} if y else := {"missing": sort(unsaid)} if z'
        pack = rule + '\nunsaid contains "facts.c" if not lib.stated("c")\nother contains "facts.d" if true\n'
        self.assertEqual(document.asked_for(rule, pack), "`facts.a`, `facts.c`*, `person.b`")

    def test_the_page_names_every_rule_once(self) -> None:
        names = [name for path in document.HERE.glob("*/*.rego") if not path.name.endswith("_test.rego")
                 for name, meta, _ in document.sections(path) if "custom" in meta]
        self.assertEqual(len(names), len(set(names)))
        for name in names:
            self.assertEqual(document.page().count(f"\n| `{name}` |"), 1, name)


if __name__ == "__main__":
    unittest.main()
