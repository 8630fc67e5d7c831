"""Sealed sections that somebody shows, and those that were destroyed (section 3)."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from candor.canonical import SECTION_BYTES, decode_section
from candor.leaf import Leaf
from candor.merkle import CompactRange, is_included, leaf_hash
from candor.words import Malformed, from_base64

_SALT, _NONCE, _TAG = 32, 12, 16


def place(origin: str, leaf_id: str, name: str) -> bytes:
    return f"{origin}\n{leaf_id}\n{name}".encode()


def commitment(salt: bytes, where: bytes, section: bytes) -> bytes:
    if len(salt) != _SALT:
        raise Malformed("has a salt that is not of 32 bytes")
    return hmac.digest(salt, b"candor/section/v1\n" + where + b"\n" + section, "sha256")


def section_key(data_key: bytes, where: bytes) -> bytes:
    return HKDFExpand(SHA256(), 32, b"candor/seal/v1\n" + where).derive(data_key)


@dataclass(frozen=True)
class Opened:
    salt: bytes
    section: bytes


def open_sealed(sealed: bytes, data_key: bytes, where: bytes) -> Opened:
    """Salt and bytes of a sealed section; raises Malformed where they do not come out."""
    if not _NONCE + _TAG <= len(sealed) <= _NONCE + _SALT + 4 + SECTION_BYTES + 63 + _TAG:
        raise Malformed("has a length that no sealed section has")
    try:
        plain = AESGCM(section_key(data_key, where)).decrypt(sealed[:_NONCE], sealed[_NONCE:], where)
    except InvalidTag:
        raise Malformed("does not open with this key in this place") from None
    start = _SALT + 4
    length = int.from_bytes(plain[_SALT:start])
    padding = plain[start + length :]
    if len(plain) < start or length > SECTION_BYTES or start + length > len(plain):
        raise Malformed("has a length that is not that of its bytes")
    if len(plain) % 64 or len(padding) >= 64 or any(padding):
        raise Malformed("has padding that is not zeros to a multiple of 64")
    return Opened(plain[:_SALT], plain[start : start + length])


def check_committed(leaf: Leaf, name: str, salt: bytes, section: bytes) -> None:
    """Whether these are the salt and bytes that a leaf commits to; raises Malformed if not. No key is needed."""
    if name not in leaf.sections:
        raise Malformed("is of no section that the leaf names")
    shown = commitment(salt, place(leaf.ledger, leaf.id, name), section)
    if not hmac.compare_digest(shown, from_base64(leaf.sections[name], 32)):
        raise Malformed("is not what the leaf commits to")


def check_shown(leaf: Leaf, name: str, salt: bytes, section: bytes) -> None:
    """As check_committed. Bytes that fit but are not canonical are the writer's fault, and raise too."""
    check_committed(leaf, name, salt, section)
    decode_section(section)


@dataclass(frozen=True)
class Erased:
    """That a section was destroyed: `k` makes its item, `path` leads to the root of the erasure leaf."""

    k: bytes
    index: int
    path: tuple[bytes, ...]


def erasure_item(k: bytes, leaf_id: str, name: str) -> bytes:
    if len(k) != 32:
        raise Malformed("has a k that is not of 32 bytes")
    return hmac.digest(k, f"{leaf_id}\n{name}".encode(), "sha256")


def erasure_root(items: Sequence[bytes]) -> bytes:
    return CompactRange(leaf_hash(item) for item in sorted(items)).root()


def is_erased(leaf: Leaf, name: str, erasure: Leaf, shown: Erased) -> bool:
    """Whether the erasure leaf, which must stand at a later position, has the section's item."""
    if erasure.type not in ("erasure", "expiry"):
        return False
    item = leaf_hash(erasure_item(shown.k, leaf.id, name))
    root = from_base64(erasure.facts["root"], 32)
    return is_included(item, shown.index, erasure.facts["items"], shown.path, root)
