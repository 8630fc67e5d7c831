"""Strict canonical JSON of leaves and sections (section 2.1).

Bytes are accepted if what they say is allowed, and if writing it anew gives the same
bytes. So the reader may be lenient: whatever it lets pass is written otherwise.
"""

import json
import re
from typing import Any, NoReturn

from candor.words import Malformed, is_section_name

MOST = 2**53 - 1
LEAF_BYTES, LEAF_DEPTH = 65_535, 8
SECTION_BYTES, SECTION_DEPTH = 262_144, 32

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MOST:
        raise Malformed("has an integer beyond 2^53 - 1")
    return int(text)


def _no_integer(text: str) -> NoReturn:
    raise Malformed("has a number that is no integer")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed("has a name twice in one object")
    return members


_reader = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_no_integer, parse_constant=_no_integer
)


def encode(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def _check(value: Any, room: int, leaf: bool) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise Malformed("has U+0000 in a text")
    elif value is None:
        raise Malformed("has a null")
    elif isinstance(value, (dict, list)):
        if room == 0:
            raise Malformed("nests too deeply")
        if isinstance(value, list):
            for element in value:
                _check(element, room - 1, False)
            return
        for name, member in value.items():
            if not _NAME.fullmatch(name):
                raise Malformed("has a name that is not [a-z][a-z0-9_]{0,63}")
            if leaf and name == "sections" and isinstance(member, dict):
                for section, commitment in member.items():
                    if not is_section_name(section):
                        raise Malformed("has a section with a name that is none")
                    _check(commitment, room - 2, False)
            else:
                _check(member, room - 1, False)


def _decode(data: bytes, most: int, depth: int, leaf: bool) -> dict[str, Any]:
    if not 2 <= len(data) <= most:
        raise Malformed(f"has {len(data)} bytes, not 2 to {most}")
    try:
        value = _reader.decode(data.decode("utf-8"))
        if not isinstance(value, dict):
            raise Malformed("is not an object")
        _check(value, depth, leaf)
        if encode(value) != data:
            raise Malformed("is not in canonical form: its order, spaces, escapes or numbers")
    except UnicodeError:
        raise Malformed("is not UTF-8") from None
    except RecursionError:
        raise Malformed("nests too deeply") from None
    except json.JSONDecodeError as error:
        raise Malformed(f"is not JSON at character {error.pos}") from None
    return value


def decode_leaf(data: bytes) -> dict[str, Any]:
    """The object that the bytes of a leaf are; raises Malformed."""
    leaf = _decode(data, LEAF_BYTES, LEAF_DEPTH, True)
    for name in ("facts", "marks", "sections"):
        if leaf.get(name) in ({}, []):
            raise Malformed(f"has an empty member {name}, which belongs left out")
    return leaf


def decode_section(data: bytes) -> dict[str, Any]:
    """The object that the bytes of a section are; raises Malformed."""
    return decode_object(data, SECTION_BYTES)


def decode_object(data: bytes, most: int) -> dict[str, Any]:
    """The object that these bytes are, at most `most` of them, nested as deep as a section; raises Malformed."""
    return _decode(data, most, SECTION_DEPTH, False)
