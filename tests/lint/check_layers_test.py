#!/usr/bin/env python3
"""check_layers refuses each kind of bad example, and nothing in a good one."""

import json
import pathlib
import unittest

import check_layers
from tree import LintTest

PLAN = json.loads((pathlib.Path(__file__).parent / "layers.json").read_text(encoding="utf-8"))


def room(name: str, rooms: str, text: str) -> dict[str, str]:
    return {
        f"services/{name}/CMakeLists.txt": f"candor_add_room({name}\n  SOURCES a.cc\n  ROOMS {rooms}\n  USES absl::status)\n",
        f"services/{name}/a.cc": text + f"\nnamespace candor::{name} {{\n}}\n",
    }


class CheckLayersTest(LintTest):
    check = staticmethod(check_layers.check)

    def assert_tree(self, texts: dict[str, str], *beginnings: str, plan: dict = PLAN) -> None:
        self.assert_finds({"services/readme": "", check_layers.PLAN: json.dumps(plan)} | texts, *beginnings)

    def test_finds_nothing_in_a_good_room(self) -> None:
        self.assert_tree(room("vault", "base crypto core store", '#include "services/core/json/json.h"'))

    def test_refuses_an_include_of_a_room_above(self) -> None:
        self.assert_tree(
            room("core", "base crypto", '\n#include "services/store/append.h"'),
            "services/core/a.cc:2: core may not use store: use only base, crypto",
        )

    def test_refuses_an_include_without_its_path(self) -> None:
        self.assert_tree(
            room("store", "base", '#include "append.h"'), 'services/store/a.cc:1: "append.h" is no path from the root'
        )

    def test_refuses_a_link_to_a_room_above(self) -> None:
        self.assert_tree(
            room("crypto", "base core", ""), "services/crypto/CMakeLists.txt:1: room crypto may not link core"
        )

    def test_refuses_a_plan_that_allows_more_than_is_linked(self) -> None:
        self.assert_tree(
            room("vault", "base crypto core", ""), f"services/vault/CMakeLists.txt:1: {check_layers.PLAN} lets vault use store"
        )

    def test_refuses_a_room_that_stands_in_no_plan(self) -> None:
        self.assert_tree(room("attic", "", ""), "services/attic:1: the room stands in no line")

    def test_refuses_a_circle(self) -> None:
        plan = PLAN | {"rooms": {"cellar": ["attic"], "attic": ["cellar"]}}
        self.assert_tree({}, f"{check_layers.PLAN}:1: the rooms go in a circle, cellar -> attic -> cellar", plan=plan)

    def test_refuses_a_program_that_reaches_past_its_rooms(self) -> None:
        self.assert_tree(
            {"clients/cli/a.cc": '#include "services/flow/record.h"\n'}, "clients/cli/a.cc:1: clients may not use flow"
        )

    def test_refuses_foreign_headers_outside_of_their_rooms(self) -> None:
        for header in (
            "<openssl/evp.h>",
            "<pqxx/pqxx>",
            "<libpq-fe.h>",
            "<grpcpp/grpcpp.h>",
            "<google/protobuf/message.h>",
            "<thread>",
        ):
            with self.subTest(header):
                found = self.findings(
                    {"services/readme": "", check_layers.PLAN: json.dumps(PLAN)}
                    | room("vault", "base crypto core store", f"#include {header}")
                )
                self.assertEqual([f.split(" ")[0] for f in found], ["services/vault/a.cc:1:"], found)

    def test_refuses_generated_protos_outside_of_the_doors(self) -> None:
        self.assert_tree(
            room("store", "base", '#include "candor/v1/receipt.pb.h"'),
            "services/store/a.cc:1: <candor/v1/receipt.pb.h> stands outside",
            "services/store/a.cc:1: store may not use wire",
        )

    def test_refuses_words_outside_of_their_files(self) -> None:
        for word in (
            "throw 1;",
            "catch (...) {}",
            "std::jthread t;",
            "std::async(f);",
            "absl::Now();",
            "RAND_bytes(b, 1);",
            'std::getenv("HOME");',
            "f(argv);",
        ):
            with self.subTest(word):
                found = self.findings(
                    {"services/readme": "", check_layers.PLAN: json.dumps(PLAN)} | room("store", "base", word)
                )
                self.assertEqual([f.split(" ")[0] for f in found], ["services/store/a.cc:1:"], found)

    def test_reads_no_words_in_comments_and_texts(self) -> None:
        self.assert_tree(
            room("store", "base", '// They throw; we catch.\n/* absl::Now\n */ f("throw", R"(getenv " argv)", 1\'000);')
        )

    def test_refuses_another_namespace_than_the_folder(self) -> None:
        self.assert_tree(
            {"services/store/a.h": "#pragma once\nnamespace candor::storage {\nclass A;\n}\n"},
            "services/store/a.h:1: declares no namespace candor::store",
        )


if __name__ == "__main__":
    unittest.main()
