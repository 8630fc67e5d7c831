#!/usr/bin/env python3
"""check_proto refuses each kind of bad example, and nothing in a good one."""

import unittest

import check_proto
from tree import LintTest

PATH = "proto/candor/v1/thing_service.proto"
GOOD = """syntax = "proto3";

// Serves things.
//
// Errors of every method:
//
// - `INVALID_ARGUMENT`, reason `FIELD_INVALID`: a field breaks its rule.
service ThingService {
  // Makes a thing.
  //
  // Errors, besides those of every method:
  //
  // - `ALREADY_EXISTS`, reason `NAME_TAKEN`: it is there.
  rpc MakeThing(MakeThingRequest) returns (MakeThingResponse);
}

// Kinds.
enum Kind {
  // Not set.
  KIND_UNSPECIFIED = 0;
}

// A part.
message Part {
  // Optional. Its name. At most 64 bytes. Sealed.
  string name = 1 [(candor.v1.rule) = {form: FIELD_FORM_TEXT max: 64}];
}

// Request.
message MakeThingRequest {
  // Required. Names this request. A UUID. A fact.
  string request_id = 1
      [(candor.v1.rule) = {role: FIELD_ROLE_REQUEST_ID form: FIELD_FORM_ID required: true}];

  // Optional. What it is called. 1 to 2,000 bytes. Sealed in `inputs`.
  string name = 2 [(candor.v1.rule) = {section: "inputs" form: FIELD_FORM_TEXT max: 2000}];

  // Optional. Its parts. At most 16. Sealed in `inputs`.
  repeated Part parts = 3 [(candor.v1.rule) = {section: "inputs"}];

  // Optional. A code of catalogue `thing`. A fact.
  string code = 4 [(candor.v1.rule) = {fact: "thing" form: FIELD_FORM_CODE catalogue: "thing"}];
}

// Response.
message MakeThingResponse {
  // Output only. The thing.
  string thing_id = 1;
}
"""
REASONS = 'kReasons = {"FIELD_INVALID", "NAME_TAKEN"};\n'
README = "| `FIELD_INVALID` | `INVALID_ARGUMENT` | fix |\n| `NAME_TAKEN` | `ALREADY_EXISTS` | read |\n"


def at(text: str) -> str:
    """Path and line of a text of GOOD."""
    return f"{PATH}:{GOOD[: GOOD.index(text)].count(chr(10)) + 1}:"


NAME = at("string name = 2")


class CheckProtoTest(LintTest):
    check = staticmethod(check_proto.check)

    def assert_tree(self, change: tuple[str, str], *beginnings: str, **more: str) -> None:
        self.assertIn(change[0], GOOD)
        texts = {
            PATH: GOOD.replace(*change),
            check_proto.REASONS: more.get("reasons", REASONS),
            check_proto.README: more.get("readme", README),
            "services/flow/a.cc": more.get("code", ""),
        }
        self.assert_finds(texts, *beginnings)

    def test_finds_nothing_in_a_good_proto(self) -> None:
        self.assert_tree(("", ""))

    def test_refuses_a_field_whose_comment_begins_otherwise(self) -> None:
        self.assert_tree(("Output only. The thing.", "The thing."), f"{at('string thing_id')} MakeThingResponse.thing_id: begin its")
        self.assert_tree(("Output only. The thing.", ""), f"{at('string thing_id')} MakeThingResponse.thing_id: begin its")

    def test_refuses_an_enum_whose_zero_means_something(self) -> None:
        self.assert_tree(("KIND_UNSPECIFIED", "KIND_LARGE"), f"{at('enum Kind')} the zero of Kind is KIND_LARGE")

    def test_refuses_a_method_that_says_not_how_it_fails(self) -> None:
        self.assert_tree(("Errors, besides those of every method:", "Fails:"), f"{at('rpc MakeThing')} MakeThing says not how")
        self.assert_tree(("// Errors of every method:", "// Fails:"), f"{at('rpc MakeThing')} MakeThing names the errors of every")

    def test_refuses_codes_and_reasons_that_do_not_exist(self) -> None:
        self.assert_tree(("- `ALREADY_EXISTS`, reason `NAME_TAKEN`", "- `EXISTS`: x"), f"{at('rpc MakeThing')} MakeThing: EXISTS is no")
        self.assert_tree(("`NAME_TAKEN`", "`NAME_USED`"), f"{at('- `ALREADY')} NAME_USED is no reason")
        self.assert_tree(("`ALREADY_EXISTS`", "`ABORTED`"), f"{at('- `ALREADY')} NAME_TAKEN comes with ALREADY_EXISTS, not ABORTED")

    def test_refuses_reasons_that_the_two_lists_do_not_share(self) -> None:
        self.assert_tree(("", ""), f"{check_proto.README}:2: NAME_TAKEN is none of", reasons='kReasons = {"FIELD_INVALID"};')
        self.assert_tree(
            ("", ""), f"{check_proto.README}:1: has no row for MORE", reasons=REASONS.replace('"NAME', '"MORE", "NAME')
        )

    def test_refuses_a_reason_in_a_service_that_stands_in_no_list(self) -> None:
        self.assert_tree(
            ("", ""),
            "services/flow/a.cc:2: OOPS is none of",
            code='return Because(absl::InternalError("a, b"),\n               "OOPS");\n',
        )

    def test_refuses_a_field_without_a_place(self) -> None:
        self.assert_tree(
            ('section: "inputs" form: FIELD_FORM_TEXT', "form: FIELD_FORM_TEXT"),
            f"{NAME} MakeThingRequest.name has no place",
            f"{NAME} MakeThingRequest.name is called sealed",
        )

    def test_refuses_a_comment_that_says_other_than_the_rule(self) -> None:
        path = f"{NAME} MakeThingRequest.name "
        for change, what in (
            (("Optional. What it is called", "Required. What it is called"), "is not required by its rule"),
            (("max: 2000", "max: 2000 required: true"), "is required by its rule"),
            (("1 to 2,000", "1 to 3,000"), "is limited to 2000 by its rule"),
            (("1 to 2,000 bytes. ", ""), "is limited to [2000] by its rule"),
            ((" max: 2000", ""), "states the limit 2000, and its rule none"),
            (("bytes. Sealed in `inputs`", "bytes"), "is sealed by its rule"),
            (("bytes. Sealed in `inputs`", "bytes. A fact. Sealed in `inputs`"), "is called a fact"),
            (("form: FIELD_FORM_TEXT max: 2000", "form: FIELD_FORM_JSON max: 2000"), "has FIELD_FORM_JSON"),
        ):
            with self.subTest(change):
                self.assert_tree(change, path + what)

    def test_refuses_a_list_and_a_code_without_their_words(self) -> None:
        self.assert_tree((" At most 16.", ""), f"{at('repeated Part')} MakeThingRequest.parts is limited to [16]")
        self.assert_tree(("catalogue `thing`. A fact.", "some kind. A fact."), f"{at('string code')} MakeThingRequest.code is a code")
        self.assert_tree(("catalogue `thing`. A fact.", "catalogue `thing`."), f"{at('string code')} MakeThingRequest.code stands in")

    def test_follows_messages_into_sealed_fields(self) -> None:
        self.assert_tree((" At most 64 bytes.", ""), f"{at('string name = 1')} Part.name is limited to [64]")


if __name__ == "__main__":
    unittest.main()
