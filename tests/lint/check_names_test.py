#!/usr/bin/env python3
"""check_names refuses each kind of bad example, and nothing in a good one."""

import unittest

import check_names
from tree import LintTest


class CheckNamesTest(LintTest):
    check = staticmethod(check_names.check)

    def test_finds_nothing_in_good_files(self) -> None:
        self.assert_finds(
            {
                "services/base/good_name.h": "// What it is.\n//\n// More.\n#pragma once\n",
                "services/base/good_name.cc": "int a;\n" * 500,
                "schema/migrations/V0001__first.sql": "",
                "cmake/Room.cmake": "",
                "services/base/CMakeLists.txt": "",
                "deploy/tour/10-first.sh": "mktemp candor." + "X" * 6,
            }
        )

    def test_refuses_other_names(self) -> None:
        self.assert_finds(
            {"services/base/BadName.h": "#pragma once\n", "services/base/bad-name.cc": "", "schema/migrations/second.sql": ""},
            "schema/migrations/second.sql:1: second.sql is called otherwise",
            "services/base/BadName.h:1: BadName.h is called otherwise",
            "services/base/bad-name.cc:1: bad-name.cc is called otherwise",
        )

    def test_refuses_a_header_without_its_guard(self) -> None:
        self.assert_finds(
            {"services/base/a.h": "// #pragma once\n#ifndef A_H\n#define A_H\n#endif\n"},
            "services/base/a.h:1: begins otherwise",
        )

    def test_refuses_long_files(self) -> None:
        self.assert_finds(
            {"services/base/a.cc": "int a;\n" * 501, "services/base/a.h": "#pragma once\n" + "int a;\n" * 150},
            "services/base/a.cc:501: 501 lines hold two ideas",
            "services/base/a.h:151: 151 lines hold two ideas",
        )

    def test_refuses_words_that_put_work_off(self) -> None:
        words = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
        self.assert_finds(
            {"services/base/a.cc": "".join(f"// {word}: later.\n" for word in words)},
            *[f"services/base/a.cc:{line}: `{word}` puts work off" for line, word in enumerate(words, 1)],
        )


if __name__ == "__main__":
    unittest.main()
