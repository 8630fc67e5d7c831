#!/usr/bin/env python3
"""check_policies refuses each kind of path that no input holds, and nothing in a good pack."""

import unittest

import check_policies
from tree import LintTest

PROTO = """message AuthorizeRequest {
  // Optional. The person.
  Person person = 1;
  // Optional. The stage. A fact.
  string stage = 2 [(candor.v1.rule) = {fact: "stage"}];
}
message Person {
  // Optional. What it is.
  string kind = 1 [(candor.v1.rule) = {section: "person"}];
}
message AiSystem {
  // Optional. A fact.
  string risk_class = 1 [(candor.v1.rule) = {fact: "risk_class"}];
  // Optional. Sealed in `registry`.
  string name = 2 [(candor.v1.rule) = {section: "registry"}];
}
"""
GUIDE = "| `input.facts` | x |\n| `input.person` | x |\n| `input.registry.system` | x |\n"
GOOD = """package p
a if input.facts.stage == "decide"
b := {"missing": ["inputs.stalled", "facts.stage"]} if input.person.kind
c if data.lib.stated("stalled")
d if input.registry.system.risk_class
"""
PACK = "policies/p/p.rego"


class CheckPoliciesTest(LintTest):
    check = staticmethod(check_policies.check)

    def assert_pack(self, change: tuple[str, str], *beginnings: str) -> None:
        self.assertIn(change[0], GOOD)
        self.assert_finds({"proto/candor/v1/p.proto": PROTO, check_policies.GUIDE: GUIDE, PACK: GOOD.replace(*change)}, *beginnings)

    def test_finds_nothing_in_a_good_pack(self) -> None:
        self.assert_pack(("", ""))

    def test_refuses_a_fact_that_no_field_carries(self) -> None:
        self.assert_pack(("input.facts.stage", "input.facts.stalled"), f"{PACK}:2: no request gives the fact `stalled`")
        self.assert_pack(('"inputs.stalled"', '"facts.stalled"'), f"{PACK}:3: no request gives the fact `stalled`")

    def test_refuses_to_ask_for_a_fact_as_if_no_field_carried_it(self) -> None:
        self.assert_pack(('stated("stalled")', 'stated("stage")'), f"{PACK}:4: `stage` is a fact that requests have a field for")

    def test_refuses_a_member_that_no_paper_lists(self) -> None:
        self.assert_pack(("input.facts.stage", "input.stage"), f"{PACK}:2: `input.stage` is nothing that docs/policies.md lists")

    def test_refuses_a_member_of_a_member_that_is_never_there(self) -> None:
        self.assert_pack(("input.person.kind", "input.person.name"), f"{PACK}:3: `input.person.name` is in no input")
        self.assert_pack(("system.risk_class", "system.name"), f"{PACK}:5: `input.registry.system.name` is in no input")

    def test_reads_no_tests_of_packs(self) -> None:
        bad = GOOD.replace("input.facts.stage", "input.facts.stalled")
        self.assert_finds({"proto/candor/v1/p.proto": PROTO, check_policies.GUIDE: GUIDE, "policies/p/p_test.rego": bad})


if __name__ == "__main__":
    unittest.main()
