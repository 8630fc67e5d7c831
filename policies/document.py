#!/usr/bin/env python3
"""Writes README.md from the METADATA blocks of the packs.

    policies/document.py            # writes it
    policies/document.py --check    # says whether it is current
"""
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
MOST_IN_NAME = 32

HEAD = """# The policy packs

`law/` holds the clocks that laws start and public holidays, one file a jurisdiction; they become part of the server, and no
rule reads them. See [the guide](../docs/guides/people.md#8-clocks-and-holidays).

This folder is a policy set as it stands: {rules} rules in {packs} packs, each rule with its source, its dates and a
table of whole decisions as its test. How rules are written and what they see stands in
[docs/policies.md](../docs/policies.md). This page is made by `policies/document.py` from the rules themselves.

    opa check --strict policies
    opa test policies
    tests/policies/judge.py opa       # whole decisions under all packs, with scope and dates
    tests/policies/mutate.py opa      # breaks each condition of each rule: does a test notice?

**Settings.** The thresholds and lists of a pack stand in its `data.json`, under `preset`. To set one otherwise, leave the
pack as it is and write a `tenant/data.json`: what stands there at `<pack>.<setting>` counts in place of the preset; objects
are joined, name by name.

    {{"model_risk": {{"confidence": "0.8"}}, "gdpr": {{"adm_notice_templates": ["privacy.v7"]}}}}

**What to state.** A rule that applies and lacks a fact is indeterminate and counts as fired. The last column names the
facts that a rule may ask for; most ask only where it matters, as its description says (in the rule's file). Facts marked
with `*` have no field in the API: a caller states them as members of `inputs_json`, or the server knows them.

**Shadow.** Rules whose date lies ahead, or that are drafts, change nothing and are listed as *would have fired*.

`decision_types.json` in `customer_experience` holds the kinds of decision that its rules speak of, as
`RegistryService.RegisterDecisionType` takes them, one by one.
"""


def value(text):
    """A scalar, or a list or a map written on one line."""
    text = text.strip()
    if text[:1] == "[":
        return [value(part) for part in split(text[1:-1])]
    if text[:1] == "{":
        return dict((k.strip(), value(v)) for k, v in (part.split(":", 1) for part in split(text[1:-1])))
    return text.strip('"')


def split(text):
    """The parts between the commas that lie in no bracket and no quotation."""
    parts, depth, quoted = [""], 0, False
    for char in text:
        quoted ^= char == '"'
        depth += (char in "[{") - (char in "]}")
        if char == "," and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += char
    return [part for part in parts if part.strip()]


def block(lines):
    """The lines of a METADATA block, without the comment signs, as nested maps."""
    root = {}
    open_maps = [(-1, root)]
    last = None
    for line in lines:
        indent, text = len(line) - len(line.lstrip()), line.strip()
        pair = re.match(r"([a-z_]+):(?: (.*))?$", text)
        while pair and indent <= open_maps[-1][0]:
            open_maps.pop()
        here = open_maps[-1][1]
        if text.startswith("- "):
            last[0][last[1]] = (last[0][last[1]] or []) + [value(text[2:])]
        elif not pair:
            last[0][last[1]] += " " + text
        elif pair.group(2):
            here[pair.group(1)] = value(pair.group(2))
            last = here, pair.group(1)
        else:
            here[pair.group(1)] = child = {}
            last = here, pair.group(1)
            open_maps.append((indent, child))
    return root


def sections(path):
    """(name, METADATA, text) of the package and of each rule of a module."""
    parts = re.split(r"^# METADATA\n", path.read_text(), flags=re.M)[1:]
    for part in parts:
        lines = part.split("\n")
        end = next(i for i, line in enumerate(lines) if not line.startswith("#"))
        name = re.match(r"(?:package )?([a-z0-9_]+)", lines[end]).group(1)
        yield name, block([line[2:] for line in lines[:end]]), "\n".join(lines[end:])


def asked_for(text, pack_text):
    """The facts that a rule may miss."""
    facts = set(re.findall(r'"([a-z0-9_.]+)"', " ".join(re.findall(r'"missing": \[(.*?)\]', text))))
    for name in re.findall(r'"missing": (?:sort\()?([a-z_]+)', text):
        for rule in re.findall(rf"^{name}(?: :=.*| contains .*)$", pack_text, flags=re.M):
            facts |= set(re.findall(r'"([a-z_]+\.[a-z0-9_.]+)"', rule))
    stated = set(re.findall(r'lib\.stated\("([a-z_]+)"\)', text + pack_text))
    return ", ".join(sorted(f"`{f}`" + ("*" if f.split(".")[-1] in stated else "") for f in facts)) or "–"


def when(custom):
    start, end = custom.get("in_force_from"), custom.get("in_force_until")
    words = [custom["status"].replace("_", " ")]
    words += [f"from {start}"] if start else []
    words += [f"until {end}"] if end else []
    return ", ".join(words)


def scope(custom):
    parts = [f"{name} {', '.join(items)}" for name, items in custom.get("scope", {}).items()]
    return "; ".join(parts) or "everywhere"


def table(folder):
    modules = [p for p in sorted(folder.glob("*.rego")) if not p.name.endswith("_test.rego")]
    pack_text = "\n".join(p.read_text() for p in modules)
    found = [entry for path in modules for entry in sections(path)]
    package = next(meta for name, meta, _ in found if name == folder.name)
    rules = [(name, meta, text) for name, meta, text in found if "custom" in meta]
    lines = [f"## `{folder.name}`: {package['title']}", "", package["description"], "",
             "| rule | title | source | status | verdict | scope | may ask for |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for name, meta, text in rules:
        assert len(name) <= MOST_IN_NAME, f"{name} has more than {MOST_IN_NAME} characters"
        custom = meta["custom"]
        cells = [f"`{name}`", meta["title"], custom["source"], when(custom), custom["verdict"], scope(custom),
                 asked_for(text, pack_text)]
        lines.append("| " + " | ".join(cells) + " |")
    stated = sorted(set(re.findall(r'lib\.stated\("([a-z_]+)"\)', pack_text)))
    lines += ["", "Settings: " + ", ".join(f"`{s}`" for s in json.loads((folder / "data.json").read_text())["preset"]) + "."] \
        if (folder / "data.json").exists() else []
    lines += ["", "May be stated: " + ", ".join(f"`{s}`*" for s in stated) + "."] if stated else []
    return lines, len(rules)


def page():
    folders = [p for p in sorted(HERE.iterdir()) if p.is_dir() and p.name != "lib" and any(p.glob("*.rego"))]
    tables = [table(folder) for folder in folders]
    text = HEAD.format(rules=sum(count for _, count in tables), packs=len(folders))
    return text + "".join("\n" + "\n".join(lines) + "\n" for lines, _ in tables)


def main():
    readme = HERE / "README.md"
    if sys.argv[1:] == ["--check"]:
        if readme.exists() and readme.read_text() == page():
            return 0
        print("policies/README.md is not current: run policies/document.py")
        return 1
    readme.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
