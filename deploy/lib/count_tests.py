"""Counts test cases: count_tests.py DIR

DIR holds ctest.xml, what `ctest --output-junit` wrote, and cases/<test>.xml for each
test that is a GoogleTest program. Its cases are counted; any other test counts one.
Prints the names of what failed, then `N passed, N failed, N skipped`. Exit status 1 if
anything failed or nothing ran.
"""

import pathlib
import sys
import xml.etree.ElementTree


def cases_of(file):
    """(name, state) of each case in the file of a GoogleTest program."""
    for case in xml.etree.ElementTree.parse(file).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None:
            yield name, "failed"
        elif case.get("status") == "notrun" or case.get("result") == "skipped":
            yield name, "skipped"
        else:
            yield name, "passed"


def state_of(test):
    if test.find("failure") is not None or test.get("status") == "fail":
        return "failed"
    if test.find("skipped") is not None or test.get("status") in ("notrun", "disabled"):
        return "skipped"
    return "passed"


def count(results):
    for test in xml.etree.ElementTree.parse(results / "ctest.xml").iter("testcase"):
        name, state = test.get("name"), state_of(test)
        file = results / "cases" / f"{name}.xml"
        try:
            cases = list(cases_of(file)) if file.exists() else []
        except xml.etree.ElementTree.ParseError:
            cases = []
        yield from ((f"{name}: {case}", case_state) for case, case_state in cases)
        # A program that crashed, hung or leaked failed beyond what its cases say.
        if not cases or (state == "failed" and all(s != "failed" for _, s in cases)):
            yield name, state


def main():
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    try:
        for name, state in count(pathlib.Path(sys.argv[1])):
            counts[state] += 1
            if state == "failed":
                print(f"failed: {name}")
    except (OSError, xml.etree.ElementTree.ParseError) as error:
        print(f"no results of ctest: {error}")
        counts["failed"] += 1
    print(", ".join(f"{number} {state}" for state, number in counts.items()))
    return 0 if counts["failed"] == 0 and counts["passed"] > 0 else 1


sys.exit(main())
