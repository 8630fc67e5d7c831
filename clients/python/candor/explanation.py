"""Explanations: what a person was told, and the leaves and sections it rests on (section 5.1)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from candor.canonical import decode_section
from candor.finding import Findings
from candor.leaf import Leaf
from candor.notes import Key
from candor.receipt import verify_receipt
from candor.sections import check_shown
from candor.words import Malformed, from_base64

FILE_BYTES = 64 << 20
_SHOWN = "WITHHELD_REASON_UNSPECIFIED"


@dataclass
class ExplanationVerdict:
    findings: Findings = field(default_factory=Findings)
    malformed: Findings = field(default_factory=Findings)
    decision: str = ""
    leaves: dict[str, Leaf] = field(default_factory=dict)  # With a good receipt, by id.
    shown: int = 0
    withheld: int = 0
    compared: int = 0


def parse_explanation(data: bytes) -> dict[str, Any]:
    """The file as its members; raises Malformed."""
    try:
        answer = json.loads(data)
    except ValueError:
        raise Malformed("is not JSON") from None
    if not isinstance(answer, dict):
        raise Malformed("is no object")
    return answer


def verify_explanation(answer: dict[str, Any], keys: Sequence[Key], origin: str = "") -> ExplanationVerdict:
    """Raises Malformed where the file lacks what every such file has."""
    verdict = ExplanationVerdict()
    recorded: set[str] = set()
    try:
        verdict.decision = str(answer["decision"]["decision_id"])
        for receipt in answer["receipts"]:
            _check_receipt(receipt, keys, origin, verdict, recorded)
        for shown in answer["sections"]:
            _check_section(shown["leaf_id"], shown["section"], verdict, recorded)
        for where, value in _said(answer):
            verdict.compared += 1
            if value not in recorded:
                verdict.findings.add("explanation", None, where, "was not recorded like this")
        for change in answer["changes_that_matter"]:
            verdict.compared += 1
            if not any(text and change.startswith(text) for text in recorded):
                verdict.findings.add("explanation", None, "changes_that_matter", "was not recorded like this")
    except (KeyError, TypeError, AttributeError):
        raise Malformed("lacks a member, or has one of another kind") from None
    if not verdict.leaves:
        verdict.findings.add("receipt", None, "", "there is none")
    return verdict


def _check_receipt(
    receipt: dict[str, Any], keys: Sequence[Key], origin: str, verdict: ExplanationVerdict, recorded: set[str]
) -> None:
    found = verify_receipt(from_base64(receipt["leaf"]), receipt["proof"].encode(), keys, origin)
    verdict.findings.extend(found.findings)
    verdict.malformed.extend(found.malformed)
    if found.findings.count or found.malformed.count or not found.leaf or not found.proof:
        return
    if str(found.proof.index) != str(receipt["position"]):
        verdict.findings.add("receipt", found.proof.index, "position", "is not that of its proof")
    if (found.leaf.decision or found.leaf.id) != verdict.decision:
        verdict.findings.add("receipt", found.proof.index, "leaf", "is of another decision")
    recorded.update(_texts(found.leaf.facts))
    verdict.leaves[found.leaf.id] = found.leaf


def _check_section(leaf_id: str, section: dict[str, Any], verdict: ExplanationVerdict, recorded: set[str]) -> None:
    leaf, name = verdict.leaves.get(leaf_id), str(section["name"])
    try:
        if not leaf:
            raise Malformed("belongs to no leaf with a good receipt")
        if section["withheld"] != _SHOWN:
            if name not in leaf.sections:
                raise Malformed("is not in its leaf")
            verdict.withheld += 1
            return
        content = from_base64(section["content"])
        check_shown(leaf, name, from_base64(section["salt"]), content)
        verdict.shown += 1
        recorded.update(_texts(decode_section(content)))
    except Malformed as error:
        verdict.findings.add("explanation", None, name, error)


def _said(answer: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every value that the explanation says was recorded, and where it stands."""
    values = [(name, answer[name]) for name in ("score", "score_threshold", "text")]
    for reason in answer["reasons"]:
        values.append(("reasons.code", reason["code"]))
        values += [
            (f"reasons.{name}", factor[name])
            for factor in reason["factors"]
            for name in ("value", "baseline", "source_name")
        ]
    values += [(f"data.{name}", datum[name]) for datum in answer["data"] for name in ("value_json", "unit", "source_name")]
    values += [("notices.text", notice["text"]) for notice in answer["notices"]]
    for case in answer.get("cases", []):
        names = ("answer_text", "extend_text", "question_text", "refusal_ground", "changed_decision_id")
        values += [(f"cases.{name}", case[name]) for name in names]
        values += [(f"cases.{name}", _time(case[name])) for name in ("due_time", "legal_due_time")]
        outcome = case["outcome"].removeprefix("CASE_OUTCOME_").lower()
        values.append(("cases.outcome", "" if outcome == "unspecified" else outcome))
    return ((where, value) for where, value in values if value)


def _time(text: str) -> str:
    """As leaves have it: always six digits after the point."""
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    return f"{seconds}.{fraction[:6]:0<6}Z"


def _texts(value: object) -> Iterator[str]:
    """All texts and numbers in it."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        yield str(value)
