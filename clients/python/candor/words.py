"""The words of the format: codes, ids, origins, times, base64 (section 2.2)."""

import base64
import binascii
import datetime
import re
from collections.abc import Sequence

_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}(?:[.:-][a-z0-9_]{1,16}){0,3}")
_TELLING = re.compile(r"[0-9]{7}|[0-9a-f]{16}")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_ORIGIN = re.compile(r"[a-z0-9.-]{1,100}(?:/[a-z0-9._-]{1,50}){1,3}")
_SECTION = re.compile(r"[a-z_]{1,32}(?:\.[1-9][0-9]?)?")
_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.[0-9]{6}Z")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_SIZE = re.compile(r"0|[1-9][0-9]{0,19}")

ORIGIN_BYTES = 253


class Malformed(ValueError):
    """Bytes that are not what the format says. Its text completes "the leaf …"."""


def is_code(text: object) -> bool:
    return isinstance(text, str) and bool(_CODE.fullmatch(text)) and not _TELLING.search(text)


def is_id(text: object, versions: Sequence[int] = range(16)) -> bool:
    found = _ID.fullmatch(text) if isinstance(text, str) else None
    return found is not None and int(found[1], 16) in versions


def is_origin(text: object) -> bool:
    if not isinstance(text, str) or len(text) > ORIGIN_BYTES or not _ORIGIN.fullmatch(text):
        return False
    host, *parts = text.split("/")
    return host != "candor" and "bundle" not in parts and ".." not in parts


def is_section_name(text: object) -> bool:
    return isinstance(text, str) and bool(_SECTION.fullmatch(text))


def is_decimal(text: object) -> bool:
    return isinstance(text, str) and bool(_DECIMAL.fullmatch(text))


def is_time(text: object) -> bool:
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return False
    try:
        year, month, day, hour, minute, second = map(int, found.groups())
        datetime.datetime(year, month, day, hour, minute, second)
    except ValueError:
        return False
    return True


def is_integer(value: object, least: int = 0) -> bool:
    return type(value) is int and value >= least


def from_base64(text: object, size: int | None = None) -> bytes:
    """The bytes of RFC 4648 section 4, padded, unused bits zero, nothing else."""
    try:
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        data = None
    if data is None or to_base64(data) != text:
        raise Malformed("holds what is not base64")
    if size is not None and len(data) != size:
        raise Malformed(f"holds base64 of {len(data)} bytes where {size} belong")
    return data


def to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def is_digest(text: object) -> bool:
    try:
        return len(from_base64(text)) == 32
    except Malformed:
        return False


def size_of(text: str) -> int:
    """A size or index: decimal without leading zeros, below 2^64."""
    if not _SIZE.fullmatch(text) or int(text) >= 1 << 64:
        raise Malformed(f"holds {text[:40]!r} where a number belongs")
    return int(text)
