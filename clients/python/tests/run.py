"""Runs all tests, as ctest does: run.py NAME

Where GTEST_OUTPUT is xml:DIR/, writes DIR/NAME.xml with a case for each test, in the
form of a GoogleTest program, so that ./test counts them.
"""

import os
import pathlib
import sys
import unittest
import xml.etree.ElementTree as ElementTree

FOLDER = pathlib.Path(__file__).parent


class Counted(unittest.TextTestResult):
    """Also keeps how each test ended: "passed", "failed" or "skipped"."""

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)
        self.ended: dict[str, str] = {}

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self.ended.setdefault(test.id(), "passed")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.ended.setdefault(test.id(), "skipped")

    def addFailure(self, test: unittest.TestCase, err: object) -> None:
        super().addFailure(test, err)
        self.ended[test.id()] = "failed"

    def addError(self, test: unittest.TestCase, err: object) -> None:
        super().addError(test, err)
        self.ended[test.id()] = "failed"

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: object) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.ended[test.id()] = "failed"


def write_cases(ended: dict[str, str], file: pathlib.Path) -> None:
    suite = ElementTree.Element("testsuite")
    for test, state in ended.items():
        group, _, name = test.rpartition(".")
        result = "skipped" if state == "skipped" else "completed"
        case = ElementTree.SubElement(suite, "testcase", classname=group, name=name, result=result)
        if state == "failed":
            ElementTree.SubElement(case, "failure")
    ElementTree.ElementTree(suite).write(file)


def main() -> int:
    name = sys.argv[1]
    sys.path.insert(0, str(FOLDER.parent))
    suite = unittest.defaultTestLoader.discover(str(FOLDER), top_level_dir=str(FOLDER.parent))
    result = unittest.TextTestRunner(resultclass=Counted, verbosity=2).run(suite)
    kind, _, folder = os.environ.get("GTEST_OUTPUT", "").partition(":")
    if kind == "xml" and folder.endswith("/"):
        write_cases(result.ended, pathlib.Path(folder) / f"{name}.xml")
    return 0 if result.wasSuccessful() and result.ended else 1


if __name__ == "__main__":
    sys.exit(main())
