#!/usr/bin/env python3
"""What a shipped rule reads can be there: each path into `input` is one that the gate fills, from a field of the protos or
by itself; and what no field carries is asked of the caller as a member of `inputs_json`, never as a fact."""

import pathlib
import re

import proto
from finding import Finding, files, line_of, read, run

PROTOS = "proto/candor/v1"
PACKS = "policies"
GUIDE = "docs/policies.md"
REQUESTS = ("AuthorizeRequest", "RecordRequest", "ObserveRequest")
# Facts that the server adds, which no field carries.
ADDED = {"review_state", "review_humans", "review_answers", "objected", "consent_withdrawn", "verdict", "authorization"}
# What is known of registered things: the facts of these messages, and what the server adds.
REGISTERED = {"system": (("AiSystem",), set()), "version": (("ModelVersion", "ProposeModelStateRequest"), {"state"}),
              "decision_type": (("DecisionType",), set())}
WHOLE = ("person", "conversation", "explanation", "oversight")  # Sections that are shown as one member each.
FACTS = re.compile(r'input\.facts\.(\w+)|\b(?:asked|outcome|facts)\.(\w+)|\b(?:fact|values)\("(\w+)"\)|"facts\.(\w+)"')
STATED = re.compile(r'stated\("(\w+)"\)')
TOP = re.compile(r"\binput\.(\w+)")


def check(root: pathlib.Path) -> list[Finding]:
    parsed = [proto.read_file(path, read(root, path)) for path in files(root, (PROTOS,), (".proto",))]
    messages = {message.name: message for file in parsed for message in file.messages}
    facts = facts_of(messages, REQUESTS) | ADDED
    tops = set(re.findall(r"`input\.(\w+)", read(root, GUIDE)))
    findings = []
    for path in files(root, (PACKS,), (".rego",)):
        if path.endswith("_test.rego"):
            continue
        text = read(root, path)
        findings += [
            Finding(path, line_of(text, at), f"no request gives the fact `{name}`: ask for it by lib.stated, as `inputs.{name}`")
            for at, name in named(FACTS, text)
            if name not in facts
        ]
        findings += [
            Finding(path, line_of(text, at), f"`{name}` is a fact that requests have a field for: read it as `input.facts.{name}`")
            for at, name in named(STATED, text)
            if name in facts
        ]
        findings += [
            Finding(path, line_of(text, at), f"`input.{name}` is nothing that {GUIDE} lists: correct one of them")
            for at, name in named(TOP, text)
            if name not in tops
        ]
        findings += members(path, text, messages)
    return findings


def named(pattern: re.Pattern, text: str) -> list[tuple[int, str]]:
    return [(match.start(), next(group for group in match.groups() if group)) for match in pattern.finditer(text)]


def reached(messages: dict[str, proto.Message], names: tuple[str, ...]) -> list[proto.Field]:
    """All fields of messages, and of those in them."""
    found: list[proto.Field] = []
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in messages and name not in seen:
            seen.add(name)
            found += messages[name].fields
            waiting += [one.type for one in messages[name].fields]
    return found


def facts_of(messages: dict[str, proto.Message], names: tuple[str, ...]) -> set[str]:
    return {one.rule["fact"] for one in reached(messages, names) if "fact" in (one.rule or {})}


def members(path: str, text: str, messages: dict[str, proto.Message]) -> list[Finding]:
    """What is read of a member that no input ever holds."""
    held = {f"registry.{name}": facts_of(messages, of) | added for name, (of, added) in REGISTERED.items()}
    for name in WHOLE:
        fields = [one for one in reached(messages, REQUESTS) if (one.rule or {}).get("section") == name]
        # What is JSON as text is shown parsed, by its name without the ending.
        held[name] = {one.name.removesuffix("_json") for one in fields} | {
            inner.name for one in fields if one.name == name for inner in reached(messages, (one.type,))
        }
    return [
        Finding(path, line_of(text, at), f"`input.{place}.{member}` is in no input: no field is kept there")
        for place, names in held.items()
        for at, member in named(re.compile(rf"\binput\.{re.escape(place)}\.(\w+)"), text)
        if member not in names
    ]


if __name__ == "__main__":
    run(check)
