"""Ledgers made for tests: leaves, signed checkpoints, folders of tiles, all from a known seed."""

import pathlib
from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from candor.canonical import encode
from candor.merkle import CompactRange, leaf_hash
from candor.notes import Key
from candor.tiles import path_of, tiles_at
from candor.words import to_base64

ORIGIN = "ledger.example.com/made"


def public_of(signer: Ed25519PrivateKey) -> bytes:
    return signer.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


# The seed of the worked example in the paper, too.
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = Key(ORIGIN, public_of(SIGNER))
NEXT_SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
NEXT = Key(ORIGIN, public_of(NEXT_SIGNER))


def id_of(number: int, version: int = 7) -> str:
    return f"019b7ca9-8c88-{version}000-8000-{number:012x}"


def leaf_of(position: int, kind: str = "notice", facts: dict[str, Any] | None = None, **members: Any) -> bytes:
    leaf = {
        "caller": {"id": "candor", "kind": "service"},
        "facts": facts,
        "id": id_of(position),
        "ledger": ORIGIN,
        "request": id_of(position, 4),
        "time": f"2026-01-02T{position // 3600:02}:{position // 60 % 60:02}:{position % 60:02}.000000Z",
        "type": kind,
        "v": 1,
    } | members
    return encode({name: value for name, value in leaf.items() if value is not None})


def first_leaf(more: dict[str, Any] | None = None, **members: Any) -> bytes:
    facts = (more or {}) | {"format": 1, "hash": "sha256", "origin": ORIGIN, "timestamps": {"policy": "none"}, "vkeys": [KEY.vkey]}
    return leaf_of(0, "ledger", facts, **members)


def leaves_of(count: int) -> list[bytes]:
    return [first_leaf(), *(leaf_of(i) for i in range(1, count))][:count]


def root_of(leaves: Sequence[bytes]) -> bytes:
    return CompactRange(map(leaf_hash, leaves)).root()


def note_of(
    leaves: Sequence[bytes],
    size: int | str | None = None,
    key: Key = KEY,
    signer: Ed25519PrivateKey = SIGNER,
) -> bytes:
    """The signed checkpoint of these leaves; `size` claims another one."""
    root = root_of(leaves)
    text = f"{key.name}\n{len(leaves) if size is None else size}\n{to_base64(root)}\n".encode()
    return text + f"\n\u2014 {key.name} {to_base64(key.id + signer.sign(text))}\n".encode()


def write(folder: pathlib.Path, path: str, data: bytes) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(data)


def save(folder: pathlib.Path, leaves: Sequence[bytes]) -> None:
    """Writes the folder of a ledger of these leaves."""
    write(folder, "checkpoint", note_of(leaves))
    hashes = [leaf_hash(leaf) for leaf in leaves]
    for tile in tiles_at(len(leaves)):
        span = 256**tile.level
        starts = range(tile.number * 256 * span, (tile.number * 256 + tile.width) * span, span)
        write(folder, tile.path, b"".join(CompactRange(hashes[i : i + span]).root() for i in starts))
        if tile.level == 0:
            held = leaves[tile.number * 256 :][: tile.width]
            bundle = b"".join(len(leaf).to_bytes(2) + leaf for leaf in held)
            write(folder, path_of("entries", tile.number, tile.width), bundle)
