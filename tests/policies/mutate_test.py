#!/usr/bin/env python3
"""Every condition of a rule is broken, and a break that nobody notices is told from one that somebody does."""

import unittest

import mutate

MODULE = """package p

# METADATA
# title: A comment is no condition
r := {"verdict": "deny"} if {
	input.facts.amount > 5
	not input.facts.small
} else if {
	helper
}

helper if input.facts.name == "x"

helper if {
	some y in input.list
	y == true
}
"""


class Breaks(unittest.TestCase):
    def setUp(self):
        self.found = list(mutate.breaks(MODULE))
        self.instead = {(line.strip(), other.strip()) for _, line, other in self.found if isinstance(other, str)}

    def test_each_condition_is_dropped_and_turned_round(self):
        for condition, turned in (("input.facts.amount > 5", "not input.facts.amount > 5"),
                                  ("not input.facts.small", "input.facts.small"), ("helper", "not helper")):
            self.assertIn((condition, "true"), self.instead)
            self.assertIn((condition, turned), self.instead)

    def test_a_condition_beside_its_head_is_dropped_with_and_without_it(self):
        line = 'helper if input.facts.name == "x"'
        self.assertIn((line, "helper if true"), self.instead)
        self.assertIn((line, 'helper if not input.facts.name == "x"'), self.instead)
        self.assertIn((line, ""), self.instead)

    def test_operators_literals_and_paths_change(self):
        self.assertIn(("input.facts.amount > 5", "input.facts.amount >= 5"), self.instead)
        self.assertIn(("input.facts.amount > 5", "input.facts.amount > 6"), self.instead)
        self.assertIn(("input.facts.amount > 5", "input.facts.amount_ > 5"), self.instead)
        self.assertIn(('r := {"verdict": "deny"} if {', 'r := {"verdict": "deny_"} if {'), self.instead)
        self.assertIn(("y == true", "y == false"), self.instead)

    def test_each_branch_and_each_definition_is_left_out(self):
        left = [mutate.broken(MODULE, found) for found in self.found if isinstance(found[2], tuple)]
        self.assertTrue(any("} else if" not in text and "amount" in text for text in left))
        self.assertTrue(any("amount" not in text or "some y" not in text for text in left))

    def test_comments_stay(self):
        self.assertFalse([line for _, line, _ in self.found if line.startswith("#")])

    def test_every_break_is_another_text(self):
        texts = {mutate.broken(MODULE, found) for found in self.found}
        self.assertNotIn(MODULE, texts)


class Packs(unittest.TestCase):
    def outcome(self, command):
        path = mutate.POLICIES / "agents" / "agents.rego"
        found = next(mutate.breaks(path.read_text()))
        return mutate.outcome([command], mutate.POLICIES, "agents", path, found)

    def test_a_command_says_whether_it_noticed(self):
        self.assertEqual(self.outcome("true"), "unnoticed")
        self.assertEqual(self.outcome("false"), "invalid")

    def test_every_rule_has_a_test(self):
        for folder in (p for p in mutate.POLICIES.iterdir() if p.is_dir()):
            tests = "".join(p.read_text() for p in folder.glob("*_test.rego"))
            for path in folder.glob("*.rego"):
                for rule in rules(path):
                    self.assertIn(f"data.{folder.name}.{rule} with input", tests, path)


def rules(path):
    """Names of the rules with a verdict."""
    blocks = path.read_text().split("# METADATA\n")[1:]
    for block in (b for b in blocks if "#   verdict: " in b):
        yield next(line for line in block.split("\n") if not line.startswith("#")).split(" ")[0]


if __name__ == "__main__":
    unittest.main()
