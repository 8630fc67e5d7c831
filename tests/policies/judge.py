#!/usr/bin/env python3
"""Judges whole decisions by all packs at once, as docs/policies.md says: scope, dates, needs, strictest first.

    tests/policies/judge.py opa       # the decisions of decisions.json, and what each must come to

OPA evaluates the rules; what is in force, what applies and what it adds up to is decided here, a second time and
apart from the server.
"""
import copy
import datetime
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "policies"))
import document  # noqa: E402  the path comes first

STRICTNESS = {"allow": 0, "transform": 1, "escalate": 2, "notice": 3, "deny": 3}
MEMBERS = set("at be bg cy cz de dk ee es fi fr gr hr hu ie it lt lu lv mt nl pl pt ro se si sk".split())


def rules(folder=document.HERE):
    """(pack, name, custom) of every rule."""
    for path in sorted(pathlib.Path(folder).glob("*/*.rego")):
        if not path.name.endswith("_test.rego"):
            for name, meta, _ in document.sections(path):
                if "custom" in meta:
                    yield path.parent.name, name, meta["custom"]


def covers(region, place):
    return place == region or place.startswith(region + "-") or (region == "eu" and place.split("-")[0] in MEMBERS)


def applies(custom, decision):
    scope, facts = custom.get("scope", {}), decision["facts"]
    if decision["call"] not in scope.get("call", ["authorize", "observe"]):
        return False
    if "stage" in scope and facts.get("stage", "decide") not in scope["stage"]:
        return False
    if any(name in scope and name in facts and facts[name] not in scope[name] for name in ("domain", "action")):
        return False
    places = facts.get("jurisdictions")
    return not places or any(covers(r, p) for r in scope.get("jurisdiction", places) for p in places)


def shadow(custom, day):
    return custom.get("status", "in_force") in ("draft", "enjoined") or day < custom.get("in_force_from", day)


def judge(opa, decision, day):
    """(verdict, names of the rules that count, names of those that would have fired)."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(decision, file)
        file.flush()
        answer = subprocess.run([opa, "eval", "-b", document.HERE, "-i", file.name, "data"],
                                capture_output=True, check=True).stdout
    return add_up(rules(), json.loads(answer)["result"][0]["expressions"][0]["value"], decision, day)


def add_up(all_rules, values, decision, day):
    """The same, of what OPA said of each rule."""
    verdict, counted, would_have = "allow", [], []
    for pack, name, custom in all_rules:
        value = values.get(pack, {}).get(name, False)
        if value is False or not applies(custom, decision):
            continue
        if shadow(custom, day):
            would_have.append(name)
            continue
        counted.append(name)
        said = value.get("verdict", custom["verdict"]) if isinstance(value, dict) else custom["verdict"]
        said = "deny" if said == "notice" else said
        verdict = max(verdict, said, key=STRICTNESS.get)
    return verdict, sorted(counted), sorted(would_have)


def changed(base, changes):
    """The decision with some things said otherwise: dotted paths, and null for what is left out."""
    decision = copy.deepcopy(base)
    for path, value in changes.items():
        *parents, last = path.split(".")
        place = decision
        for parent in parents:
            place = place.setdefault(parent, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return decision


def main():
    book = json.loads((HERE / "decisions.json").read_text())
    wrong = 0
    for case in book["cases"]:
        decision = changed(book["bases"][case["of"]], case.get("but", {}))
        day = case.get("on", book["on"])
        time = datetime.datetime.fromisoformat(day + "T12:00:00+00:00")
        decision["time_ns"] = int(time.timestamp()) * 10**9
        got = judge(sys.argv[1], decision, day)
        wanted = (case["verdict"], case.get("rules", []), case.get("would_have", []))
        if got != wanted:
            wrong += 1
            print(f"{case['name']}: {got}, not {wanted}")
    print(f"{len(book['cases'])} decisions, {wrong} judged otherwise than they must be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
