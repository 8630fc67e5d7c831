"""One leaf: its members, and the facts that every verifier reads (sections 2 and 10.1)."""

import hashlib
import uuid
from dataclasses import dataclass
from typing import Any

from candor.canonical import decode_leaf
from candor.notes import parse_vkey
from candor.words import Malformed, is_code, is_digest, is_id, is_integer, is_origin, is_time

_ALWAYS = {"caller", "id", "ledger", "request", "time", "type", "v"}
_MEMBERS = _ALWAYS | {"amends", "decision", "facts", "marks", "producer", "sections"}


@dataclass(frozen=True)
class Leaf:
    """What a leaf says. `facts`, `marks` and `sections` are empty where it has none."""

    id: str
    ledger: str
    request: str
    time: str
    type: str
    facts: dict[str, Any]
    marks: tuple[str, ...]
    sections: dict[str, str]  # Name to commitment, base64.
    producer: tuple[str, str, int] | None  # Id, epoch, seq.
    decision: str = ""  # Empty: it has none.


def derived_request(leaf_type: str, after: str) -> str:
    """The request of a leaf that the server makes by itself (section 2.4)."""
    text = "\n".join(("candor/derived/v1", leaf_type, after))
    data = bytearray(hashlib.sha256(text.encode()).digest()[:16])
    data[6] = data[6] & 0x0F | 0x80
    data[8] = data[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(data)))


def parse_leaf(data: bytes) -> Leaf:
    """Raises Malformed where the bytes break section 2. Facts are for check_facts."""
    leaf = decode_leaf(data)
    missing, unknown = sorted(_ALWAYS - leaf.keys()), sorted(leaf.keys() - _MEMBERS)
    if missing or unknown:
        raise Malformed(f"has no {missing[0]}" if missing else f"has a member {unknown[0]}")
    _want(type(leaf["v"]) is int and leaf["v"] == 1, "v")
    _want(is_id(leaf["id"], (7,)), "id")
    _want(is_id(leaf["request"], (4, 7, 8)), "request")
    _want(is_origin(leaf["ledger"]), "ledger")
    _want(is_time(leaf["time"]), "time")
    _want(is_code(leaf["type"]) or is_id(leaf["type"]), "type")
    for name in ("amends", "decision"):
        _want(name not in leaf or is_id(leaf[name], (7,)), name)
    _want(_is_caller(leaf["caller"]), "caller")
    facts = leaf.get("facts", {})
    _want(isinstance(facts, dict), "facts")
    return Leaf(
        leaf["id"],
        leaf["ledger"],
        leaf["request"],
        leaf["time"],
        leaf["type"],
        facts,
        _marks_of(leaf),
        _sections_of(leaf),
        _producer_of(leaf),
        leaf.get("decision", ""),
    )


def _want(condition: object, name: str) -> None:
    if not condition:
        raise Malformed(f"has a {name} of another form")


def _is_caller(caller: Any) -> bool:
    if not isinstance(caller, dict):
        return False
    if caller.get("kind") == "human":
        return len(caller) == 1
    named = is_code(caller.get("id")) or is_id(caller.get("id"))
    return caller.keys() == {"id", "kind"} and caller["kind"] in ("component", "service") and named


def _marks_of(leaf: dict[str, Any]) -> tuple[str, ...]:
    marks = leaf.get("marks", [])
    _want(isinstance(marks, list) and all(is_code(mark) for mark in marks), "marks")
    _want(marks == sorted(set(marks)), "marks")
    return tuple(marks)


def _sections_of(leaf: dict[str, Any]) -> dict[str, str]:
    sections = leaf.get("sections", {})
    _want(isinstance(sections, dict), "sections")
    for one in sections.values():
        _want(isinstance(one, dict) and one.keys() == {"c"} and is_digest(one["c"]), "sections")
    return {name: one["c"] for name, one in sections.items()}


def _producer_of(leaf: dict[str, Any]) -> tuple[str, str, int] | None:
    if "producer" not in leaf:
        return None
    producer = leaf["producer"]
    _want(isinstance(producer, dict) and producer.keys() == {"epoch", "id", "seq"}, "producer")
    _want(is_id(producer["epoch"], (4, 7)) and is_integer(producer["seq"], 1), "producer")
    _want(is_code(producer["id"]) or is_id(producer["id"]), "producer")
    return producer["id"], producer["epoch"], producer["seq"]


def check_facts(leaf: Leaf) -> None:
    """Raises Malformed where facts that every verifier reads have another form."""
    check = _FACTS.get(leaf.type)
    if check is not None:
        check(leaf, leaf.facts)


def _is_vkey(text: object) -> bool:
    try:
        parse_vkey(text)
    except Malformed:
        return False
    return True


def _fact(facts: dict[str, Any], name: str, good: bool) -> None:
    if not good:
        raise Malformed(f"has a fact {name} of another form" if name in facts else f"has no fact {name}")


def _is_end(end: object) -> bool:
    whole = isinstance(end, dict) and end.keys() == {"origin", "root", "size"}
    return whole and is_origin(end["origin"]) and is_digest(end["root"]) and is_integer(end["size"])


def _ledger_facts(leaf: Leaf, facts: dict[str, Any]) -> None:
    _fact(facts, "format", type(facts.get("format")) is int and facts["format"] == 1)
    _fact(facts, "hash", facts.get("hash") == "sha256")
    _fact(facts, "origin", facts.get("origin") == leaf.ledger)
    vkeys, stamps = facts.get("vkeys"), facts.get("timestamps")
    _fact(facts, "vkeys", isinstance(vkeys, list) and bool(vkeys) and all(map(_is_vkey, vkeys)))
    _fact(facts, "timestamps", isinstance(stamps, dict) and isinstance(stamps.get("policy"), str))
    _fact(facts, "predecessor", "predecessor" not in facts or _is_end(facts["predecessor"]))


def _key_facts(leaf: Leaf, facts: dict[str, Any]) -> None:
    _fact(facts, "change", facts.get("change") in ("announced", "retired"))
    _fact(facts, "from", is_integer(facts.get("from")))
    _fact(facts, "vkey", _is_vkey(facts.get("vkey")))
    purposes = {leaf.ledger: "log", leaf.ledger + "/bundle": "bundle"}
    purpose = purposes.get(parse_vkey(facts["vkey"]).name)
    _fact(facts, "vkey", purpose is not None)
    _fact(facts, "purpose", facts.get("purpose", purpose) == purpose)
    _fact(facts, "reason", facts.get("reason", "rotated") in ("rotated", "compromised"))


def _close_facts(leaf: Leaf, facts: dict[str, Any]) -> None:
    _fact(facts, "successor", is_origin(facts.get("successor")))


def _erasure_facts(leaf: Leaf, facts: dict[str, Any]) -> None:
    _fact(facts, "items", is_integer(facts.get("items")))
    _fact(facts, "root", is_digest(facts.get("root")))


def _anchor_facts(leaf: Leaf, facts: dict[str, Any]) -> None:
    _fact(facts, "size", is_integer(facts.get("size")))
    _fact(facts, "root", is_digest(facts.get("root")))
    _fact(facts, "token_digest", "token_digest" not in facts or is_digest(facts["token_digest"]))
    names = facts.get("cosigners")
    _fact(facts, "cosigners", isinstance(names, list) and all(isinstance(name, str) for name in names))


def _gap_facts(leaf: Leaf, facts: dict[str, Any]) -> None:
    _fact(facts, "producer", is_code(facts.get("producer")) or is_id(facts.get("producer")))
    _fact(facts, "epoch", is_id(facts.get("epoch"), (4, 7)))
    ranges = facts.get("missing")
    one = ranges[0] if isinstance(ranges, list) and len(ranges) == 1 else None
    first, last = (one.get("first"), one.get("last")) if isinstance(one, dict) else (None, None)
    _fact(facts, "missing", is_integer(first, 1) and is_integer(last, first or 0))


_FACTS = {
    "ledger": _ledger_facts,
    "key": _key_facts,
    "close": _close_facts,
    "erasure": _erasure_facts,
    "expiry": _erasure_facts,
    "anchor": _anchor_facts,
    "gap": _gap_facts,
}
