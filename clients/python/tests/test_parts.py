"""Single rules at their edges, against their definition; no vectors needed."""

import unittest

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from candor import canonical, merkle, sections, words
from tests.made import id_of


def root_of(hashes: list[bytes]) -> bytes:
    """As RFC 6962 defines it."""
    if len(hashes) < 2:
        return hashes[0] if hashes else merkle.EMPTY_ROOT
    k = 1 << (len(hashes) - 1).bit_length() - 1
    return merkle.node(root_of(hashes[:k]), root_of(hashes[k:]))


def inclusion_of(m: int, hashes: list[bytes]) -> list[bytes]:
    if len(hashes) < 2:
        return []
    k = 1 << (len(hashes) - 1).bit_length() - 1
    left, right = hashes[:k], hashes[k:]
    return [*inclusion_of(m, left), root_of(right)] if m < k else [*inclusion_of(m - k, right), root_of(left)]


def consistency_of(m: int, hashes: list[bytes], whole: bool = True) -> list[bytes]:
    if m == len(hashes):
        return [] if whole else [root_of(hashes)]
    k = 1 << (len(hashes) - 1).bit_length() - 1
    left, right = hashes[:k], hashes[k:]
    if m <= k:
        return [*consistency_of(m, left, whole), root_of(right)]
    return [*consistency_of(m - k, right, False), root_of(left)]


class Tree(unittest.TestCase):
    def test_proofs_hold_for_what_they_are_of_and_for_nothing_else(self) -> None:
        hashes = [merkle.leaf_hash(bytes([i])) for i in range(20)]
        roots = [root_of(hashes[:n]) for n in range(21)]
        self.assertEqual([merkle.CompactRange(hashes[:n]).root() for n in range(21)], roots)
        for n in range(1, 21):
            for m in range(n):
                path = inclusion_of(m, hashes[:n])
                for other in range(n + 1):
                    held = merkle.is_included(hashes[m], other, n, path, roots[n])
                    self.assertEqual(held, other == m, (m, other, n))
                self.assertFalse(merkle.is_included(hashes[m], m, n, [*path, roots[0]], roots[n]))
            for m in range(1, n + 1):
                path = consistency_of(m, hashes[:n])
                self.assertTrue(merkle.is_consistent(m, n, path, roots[m], roots[n]), (m, n))
                self.assertFalse(merkle.is_consistent(m, n, path, roots[0], roots[n]), (m, n))
                self.assertFalse(merkle.is_consistent(m, n, [*path, roots[0]], roots[m], roots[n]), (m, n))


class Words(unittest.TestCase):
    def test_base64_and_sizes_have_one_form(self) -> None:
        self.assertEqual(words.from_base64("AA=="), b"\0")
        self.assertEqual((words.size_of("0"), words.size_of(str(2**64 - 1))), (0, 2**64 - 1))
        for text in ("AB==", "AA=", "AA", "A A=", "AA==\n", "_-==", "é"):
            self.assertRaises(words.Malformed, words.from_base64, text)
        for text in ("", "00", "01", "+1", "-1", "1 ", "1_0", "٣", str(2**64), "9" * 5000):
            self.assertRaises(words.Malformed, words.size_of, text)

    def test_json_nests_as_deep_as_it_may_and_no_deeper(self) -> None:
        for decode, depth in ((canonical.decode_leaf, 8), (canonical.decode_section, 32)):
            decode(b'{"a":' * depth + b"1" + b"}" * depth)
            self.assertRaises(words.Malformed, decode, b'{"a":' * (depth + 1) + b"1" + b"}" * (depth + 1))
        inside = b'{"a":' * 6 + b"1" + b"}" * 6
        canonical.decode_leaf(b'{"sections":{"a.1":' + inside + b"}}")
        self.assertRaises(words.Malformed, canonical.decode_leaf, b'{"sections":{"a.1":{"a":' + inside + b"}}}")


class Sealed(unittest.TestCase):
    def test_only_the_length_and_padding_of_the_format_open(self) -> None:
        key, where, salt, nonce = bytes(32), sections.place("a.example/b", id_of(1), "inputs"), b"s" * 32, b"n" * 12

        def opens(plain: bytes) -> bool:
            sealed = nonce + AESGCM(sections.section_key(key, where)).encrypt(nonce, plain, where)
            try:
                return sections.open_sealed(sealed, key, where).section == b"{}"
            except words.Malformed:
                return False

        head = salt + (2).to_bytes(4) + b"{}"
        self.assertTrue(opens(head + bytes(26)))
        for plain in (head, head + bytes(25) + b"\1", head + bytes(90), salt + (99).to_bytes(4) + b"{}" + bytes(26)):
            self.assertFalse(opens(plain))
        self.assertFalse(opens(salt[:30]))
        self.assertRaises(words.Malformed, sections.commitment, salt[:31], where, b"{}")
        self.assertRaises(words.Malformed, sections.open_sealed, b"short", key, where)
