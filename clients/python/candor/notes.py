"""Signed notes, verifier keys and checkpoints (section 4)."""

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from candor.words import Malformed, from_base64, is_origin, size_of, to_base64

NOTE_BYTES = 1_000_000
SIGNATURES = 100
_ED25519 = b"\x01"


def _is_key_name(name: str) -> bool:
    return bool(name) and not any(c == "+" or c.isspace() or unicodedata.category(c) == "Cc" for c in name)


def key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


@dataclass(frozen=True)
class Key:
    """A key that signs checkpoints: its name, and 32 bytes of Ed25519."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        return key_id(self.name, self.public)

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{to_base64(_ED25519 + self.public)}"

    def signed(self, text: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


def parse_vkey(text: object) -> Key:
    parts = text.split("+", 2) if isinstance(text, str) else []
    if len(parts) != 3 or not _is_key_name(parts[0]):
        raise Malformed("has a key that is not name+8 digits+base64")
    data = from_base64(parts[2])
    if len(data) != 33 or data[:1] != _ED25519:
        raise Malformed("has a key that is not one of Ed25519")
    key = Key(parts[0], data[1:])
    if parts[1] != key.id.hex():
        raise Malformed("has a key whose id is not that of its name and bytes")
    return key


@dataclass(frozen=True)
class Signature:
    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True)
class Note:
    text: bytes  # What is signed, with its last line feed.
    signatures: tuple[Signature, ...]

    def signer(self, keys: Sequence[Key]) -> Key | None:
        """The first of the keys that signed, None if none did.

        Raises Malformed where a signature by one of them is not good.
        """
        by = {(key.name, key.id): key for key in keys}
        found = None
        for one in self.signatures:
            key = by.get((one.name, one.key_id))
            if key is None:
                continue
            if not key.signed(self.text, one.signature):
                raise Malformed(f"has a signature by {key.name}+{key.id.hex()} that is not good")
            found = found or key
        return found


def parse_note(data: bytes) -> Note:
    if len(data) > NOTE_BYTES:
        raise Malformed(f"has more than {NOTE_BYTES} bytes")
    if any(byte < 0x20 and byte != 0x0A for byte in data):
        raise Malformed("has a control character")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("is not UTF-8") from None
    if not data.endswith(b"\n"):
        raise Malformed("does not end in a line feed")
    split = data.rfind(b"\n\n")
    if split < 0:
        raise Malformed("has no blank line before its signatures")
    lines = data[split + 2 :].decode().split("\n")[:-1]
    if not lines:
        raise Malformed("has no signature")
    if len(lines) > SIGNATURES:
        raise Malformed(f"has more than {SIGNATURES} signatures")
    return Note(data[: split + 1], tuple(_parse_signature(line) for line in lines))


def _parse_signature(line: str) -> Signature:
    words = line.split(" ")
    if len(words) != 3 or words[0] != "\u2014" or not _is_key_name(words[1]):
        raise Malformed("has a signature line that is none")
    data = from_base64(words[2])
    if len(data) < 5:
        raise Malformed("has a signature line without a signature")
    return Signature(words[1], data[:4], data[4:])


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes
    note: Note

    def signer(self, keys: Sequence[Key]) -> Key:
        """Which of the keys signed; raises Malformed unless one of the origin's name did."""
        key = self.note.signer([key for key in keys if key.name == self.origin])
        if key is None:
            raise Malformed("is not signed by an expected key")
        return key


def parse_checkpoint(data: bytes) -> Checkpoint:
    """What a note says; who signed it is not looked at. Raises Malformed."""
    note = parse_note(data)
    lines = note.text.decode().split("\n")[:-1]
    if len(lines) != 3:
        raise Malformed("is not of three lines")
    if not is_origin(lines[0]):
        raise Malformed("begins with what is no origin")
    return Checkpoint(lines[0], size_of(lines[1]), from_base64(lines[2], 32), note)
