#!/usr/bin/env python3
"""Breaks every condition of every rule, one at a time, and counts which breaks the tests of the packs notice.

    tests/policies/mutate.py opa                      # all packs
    tests/policies/mutate.py opa --pack gdpr          # one of them
    tests/policies/mutate.py "my-runner --set {}"     # another engine; {} is the folder of the set

A break is noticed if the command fails. One that does not compile is no break; OPA answers it with status 1, as
another command should. Breaks that change no answer stand in equivalent.json, each with its reason; every other
one that nobody notices is listed, and the status is 1.
"""
import argparse
import concurrent.futures
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
POLICIES = HERE.parent.parent / "policies"
OPERATORS = {" == ": " != ", " != ": " == ", " <= ": " < ", " >= ": " > ", " < ": " <= ", " > ": " >= ",
             " - ": " + ", " | ": " & ", " & ": " | "}
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\b\d+\b|\btrue\b|\bfalse\b')


def literals(line):
    """The line with each of its literals changed."""
    for match in TOKEN.finditer(line):
        text = match.group()
        if text[0] == '"':
            other = text[:-1] + '_"'
        elif text.isdigit():
            other = str(int(text) + 1)
        else:
            other = "false" if text == "true" else "true"
        yield line[:match.start()] + other + line[match.end():]


def paths(line):
    """The line with each thing that it reads of the input called otherwise."""
    for match in re.finditer(r"\binput(?:\.[a-z0-9_]+)+", line):
        yield line[:match.end()] + "_" + line[match.end():]


def operators(line):
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', lambda m: "\0" * len(m.group()), line)
    for operator, other in OPERATORS.items():
        at = bare.find(operator)
        if at >= 0:
            yield line[:at] + other + line[at + len(operator):]


def conditions(line):
    """The line without its condition, and with the condition turned round."""
    indent, body = re.match(r"(\s*)(.*)", line).groups()
    if indent and not body.endswith(("{", "[", "(")) and body[0] not in "}])|":
        yield indent + "true" if not body.endswith(",") else ""
        if " := " not in body and not body.startswith("some ") and not body.endswith(","):
            yield indent + (body[4:] if body.startswith("not ") else "not " + body)
    one = re.match(r"(.* if )(?!\{)(.+[^{\[(])$", line)
    if one:
        head, condition = one.groups()
        yield head + "true"
        if " := " not in condition:
            yield head + (condition[4:] if condition.startswith("not ") else "not " + condition)
        yield ""


def breaks(text):
    """Every break of a module: (number of the line, the line, what stands there instead)."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if not line.strip() or line.startswith(("#", "package", "import")) or line.strip()[0] == "#":
            continue
        for maker in (conditions, operators, literals, paths):
            for other in maker(line):
                if other != line:
                    yield number, line, other
    yield from without_branch(lines)


def without_branch(lines):
    """A rule without one of its `else`, or one definition less of a rule that has several."""
    start = None
    for number, line in enumerate(lines):
        if line.startswith("} else"):
            if start is not None and lines[start].startswith("} else"):
                yield start, lines[start], (number, line)
            start = number
        elif line == "}":
            if start is not None:
                yield start, lines[start], ((number, "}") if lines[start].startswith("}") else (number + 1, ""))
            start = None
        elif re.match(r"[a-z_].*\{$", line):
            start = number


def broken(text, found):
    number, _, other = found
    lines = text.split("\n")
    if isinstance(other, tuple):
        end, with_line = other
        lines[number:end + 1] = [with_line]
    else:
        lines[number] = other
    return "\n".join(lines)


def outcome(command, policies, pack, path, found):
    """`noticed`, `invalid` or `unnoticed`."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name in [p.name for p in policies.iterdir() if p.is_dir()] if pack == "lib" else ["lib", "tenant", pack]:
            shutil.copytree(policies / name, folder / name)
        target = folder / path.relative_to(policies)
        target.write_text(broken(path.read_text(), found))
        words = [word.replace("{}", str(folder)) for word in command]
        status = subprocess.run(words, capture_output=True, check=False, timeout=300).returncode
    return {0: "unnoticed", 1: "invalid"}.get(status, "noticed")


def key(path, policies, found):
    number, line, other = found
    return [str(path.relative_to(policies)), line.strip(), "without" if isinstance(other, tuple) else other.strip()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("command", help="path of opa, or a command with {} for the folder of the set")
    parser.add_argument("--pack", action="append", help="only this pack")
    parser.add_argument("--policies", type=pathlib.Path, default=POLICIES)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    command = shlex.split(options.command)
    if "{}" not in options.command:
        command += ["test", "{}"]
    known = {tuple(e["break"]): e["reason"] for e in json.loads((HERE / "equivalent.json").read_text())}
    used, missed, totals = set(), [], [0, 0, 0]
    print(f"{'pack':24} {'breaks':>7} {'noticed':>8} {'equivalent':>11} {'unnoticed':>10}")
    for folder in sorted(p for p in options.policies.iterdir() if any(p.glob("*.rego"))):
        pack = folder.name
        if options.pack and pack not in options.pack:
            continue
        work = [(path, found) for path in sorted(folder.glob("*.rego")) if not path.name.endswith("_test.rego")
                for found in breaks(path.read_text())]
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            results = list(pool.map(lambda w: outcome(command, options.policies, pack, *w), work))
        unnoticed = [(path, found) for (path, found), r in zip(work, results) if r == "unnoticed"]
        same = [u for u in unnoticed if tuple(key(u[0], options.policies, u[1])) in known]
        used |= {tuple(key(path, options.policies, found)) for path, found in same}
        noticed = results.count("noticed")
        rest = [u for u in unnoticed if u not in same]
        missed += rest
        row = [noticed + len(unnoticed), noticed, len(same)]
        totals = [a + b for a, b in zip(totals, row)]
        print(f"{pack:24} {row[0]:7} {row[1]:8} {row[2]:11} {len(rest):10}", flush=True)
    print(f"{'all':24} {totals[0]:7} {totals[1]:8} {totals[2]:11} {len(missed):10}")
    for path, found in missed:
        print(f"unnoticed: line {found[0] + 1}: {json.dumps(key(path, options.policies, found))}")
    stale = [] if options.pack else sorted(set(known) - used)
    for entry in stale:
        print(f"no longer equivalent, or gone: {json.dumps(entry)}")
    return 1 if missed or stale else 0


if __name__ == "__main__":
    sys.exit(main())
