#!/usr/bin/env python3
"""Programs that reach a database or a network are refused."""

import unittest

from check_links import reaches

PURE = "\tlibcrypto.so.3 => /lib/libcrypto.so.3 (0x1)\n\tlibc.so.6 => /lib/libc.so.6 (0x2)\n"


class CheckLinks(unittest.TestCase):
    def test_a_pure_program_is_good(self):
        self.assertEqual(reaches(PURE, "                 U memcpy@GLIBC_2.14\n                 U SHA256\n"), [])

    def test_libraries_are_named(self):
        self.assertEqual(reaches(PURE + "\tlibpq.so.5 => /lib/libpq.so.5 (0x3)\n", ""), ["is linked to libpq.so.5"])
        self.assertEqual(reaches("\tlibgrpc++.so.1.51 => /lib/x (0x3)\n", ""), ["is linked to libgrpc++.so.1.51"])

    def test_calls_are_named(self):
        self.assertEqual(reaches("", "                 U connect@GLIBC_2.2.5\n"), ["calls connect"])
        self.assertEqual(reaches("", "                 U PQexec\n"), ["calls PQexec"])


if __name__ == "__main__":
    unittest.main()
