#!/usr/bin/env python3
"""Holds a backtest against a replay by hand: each authorization of an audit bundle, from its opened sections, judged by OPA.

    candor export all.tar --section person --section inputs --section data_used --section notice --section conversation --reason R
    candor policy backtest DIGEST --json > report.json
    tests/policies/by_hand.py opa all.tar SET report.json [GROUPS.csv COLUMN]

SET is the folder of the set that was tried. Groups come from the CSV, by the number at the end of a person's reference,
as no export opens protected attributes. What is counted, by group and change, must be what the report says.
"""
import base64
import collections
import csv
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import judge  # noqa: E402  the path comes first

LIFTED = ("inputs", "data_used", "notice")
OPENED = LIFTED + ("person", "conversation")


def shown(value):
    """As rules see it: JSON that came as text is parsed, under its name without the ending."""
    if isinstance(value, dict):
        if set(value) == {"raw"}:
            return json.loads(value["raw"])
        return {(k.removesuffix("_json") if isinstance(v, dict) and set(v) == {"raw"} else k): shown(v) for k, v in value.items()}
    return [shown(item) for item in value] if isinstance(value, list) else value


def read(bundle):
    """Leaves with their positions, and the opened sections of each."""
    with tarfile.open(bundle) as tar:
        texts = {member.name: tar.extractfile(member).read().decode() for member in tar if not member.name.startswith("policies/")
                 and member.name.endswith(("ndjson", "positions"))}
    leaves = [json.loads(line) for name in sorted(texts) if name.startswith("leaves/") for line in texts[name].splitlines()]
    sections = collections.defaultdict(dict)
    for line in texts.get("sections.ndjson", "").splitlines():
        one = json.loads(line)
        sections[one["leaf"]][one["section"]] = json.loads(base64.b64decode(one["bytes"]))
    return leaves, sections


class Registry:
    """What was registered so far, folded anew."""

    def __init__(self):
        self.systems, self.types, self.versions, self.proposals, self.limits = {}, {}, {}, {}, {}

    def apply(self, leaf):
        facts = leaf.get("facts", {})
        if leaf["type"] == "system":
            self.systems[facts["system"]] = facts
        elif leaf["type"] == "limits":
            names = {"amount": "amount_limit", "currency": "currency", "confidence": "confidence_floor"}
            self.limits = {shown: facts[name] for shown, name in names.items() if facts.get(name)}
        elif leaf["type"] == "decision_type":
            self.types[facts["action"]] = facts
        elif leaf["type"] == "model_version":
            version = self.versions.setdefault(self.key(facts), {"state": "registered"})
            self.versions[self.key(facts)] = facts | {"state": version["state"]}
        elif leaf["type"] == "model_state_proposal":
            self.proposals[leaf["id"]] = facts
        elif leaf["type"] == "model_state" and not facts.get("rejected"):
            change = self.proposals.get(leaf.get("amends"), facts)
            version = self.versions.get(self.key(change))
            if version is not None:
                version |= {"state": change["model_state"]}
                version |= {name: change[name] for name in ("approved_for", "approved_until") if name in change}

    @staticmethod
    def key(facts):
        return facts.get("system"), facts.get("model"), facts.get("model_version")

    def seen(self, facts):
        found = {"decision_type": self.types.get(facts.get("action")), "system": self.systems.get(facts.get("system")),
                 "version": self.versions.get(self.key(facts))}
        return {name: dict(value) for name, value in found.items() if value}


def decisions(leaves, sections):
    """(leaf, sections, the input of each authorization)."""
    registry, earlier = Registry(), collections.defaultdict(list)
    for leaf in leaves:
        registry.apply(leaf)
        if leaf["type"] == "authorization":
            facts, own = leaf["facts"], sections[leaf["id"]]
            seen = {"call": "authorize", "time": facts.get("policy_time", leaf["time"]), "facts": facts, "registry": registry.seen(facts),
                    "limits": registry.limits}
            for name in LIFTED:
                seen |= shown(own.get(name, {}))
            seen |= {name: shown(own[name]) for name in ("person", "conversation") if name in own}
            if earlier[leaf["decision"]]:
                seen["earlier"] = list(earlier[leaf["decision"]])
            if set(own) & set(leaf.get("sections", {})) >= set(OPENED) & set(leaf.get("sections", {})):  # None is erased.
                yield leaf, own, seen
        if "decision" in leaf:
            earlier[leaf["decision"]].append({"type": leaf["type"], "facts": leaf.get("facts", {})})


def ask(opa, folder, inputs):
    """The values of all rules for each input."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"all": inputs}, file)
        file.flush()
        packs = "{" + ",".join(f'"{p}": data.{p}' for p in sorted({pack for pack, _, _ in judge.rules(folder)})) + "}"
        query = f"[said | some seen in input.all; said := {packs} with input as seen]"
        run = subprocess.run([opa, "eval", "-b", folder, "-i", file.name, query], capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit(run.stdout + run.stderr)
    return json.loads(run.stdout)["result"][0]["expressions"][0]["value"]


def main():
    opa, bundle, folder, report = sys.argv[1:5]
    groups = {}
    if len(sys.argv) > 6:
        with open(sys.argv[5], newline="") as file:
            groups = {next(iter(row.values())): row for row in csv.DictReader(file)}
    found = list(decisions(*read(bundle)))
    changes, judged = collections.Counter(), 0
    for start in range(0, len(found), 200):
        part = found[start:start + 200]
        for (leaf, own, seen), values in zip(part, ask(opa, folder, [seen for _, _, seen in part])):
            facts = leaf["facts"]
            reviewed = facts.get("review_answers", []) if facts.get("review_state") == "upheld" else []
            counted = [rule for rule in judge.rules(folder) if rule[1] not in reviewed]
            verdict, _, _ = judge.add_up(counted, values, seen, seen["time"][:10])
            number = re.search(r"[0-9]*$", own.get("person", {}).get("reference", "")).group()
            group = groups.get(number, {}).get(sys.argv[6], "") if groups else ""
            judged += 1
            if verdict != facts["verdict"]:
                changes[group, facts["verdict"], verdict] += 1
    said = json.loads(pathlib.Path(report).read_text())
    told = collections.Counter()
    for one in said.get("changes", []):
        words = [one[name].removeprefix("VERDICT_").lower() for name in ("old_verdict", "new_verdict")]
        told[one.get("group", ""), *words] += int(one["count"])
    for key in sorted(changes | told):
        print(f"{key[0] or '-'}: {key[1]} to {key[2]}: {changes[key]} by hand, {told[key]} in the report")
    print(f"{judged} judged by hand, {said['replayed_count']} in the report")
    sys.exit(0 if changes == told and judged == int(said["replayed_count"]) else 1)


if __name__ == "__main__":
    main()
