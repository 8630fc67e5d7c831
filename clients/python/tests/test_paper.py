"""Every value of the paper's worked example, computed anew."""

import hashlib
import unittest

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from candor import merkle, sections
from candor.leaf import check_facts, derived_request, parse_leaf
from candor.notes import Key, parse_checkpoint, parse_vkey
from candor.receipt import parse_proof, verify_receipt
from candor.tiles import Tile, parse_bundle, path_of
from candor.words import to_base64
from tests.made import public_of
from tests.paper import CHECKPOINT, LEAVES, PROOF, VALUES

_GIVEN = {"origin", "seed", "data_key", "salt", "nonce", "section_leaf", "section_name", "section_bytes"} | {
    "tenant", "operator_key", "tenant_key", "tenant_handle", "data_handle"
}  # fmt: skip


def given(name: str) -> bytes:
    return bytes.fromhex(VALUES[name])


class WorkedExample(unittest.TestCase):
    def setUp(self) -> None:
        self.origin = VALUES["origin"]
        self.signer = Ed25519PrivateKey.from_private_bytes(given("seed"))
        self.key = Key(self.origin, public_of(self.signer))

    def computed(self) -> dict[str, str]:
        return self.of_keys() | self.of_section() | self.of_tree() | self.of_wrapping()

    def of_keys(self) -> dict[str, str]:
        text = parse_checkpoint(CHECKPOINT).note.text
        return {
            "public_key": self.key.public.hex(),
            "key_id": self.key.id.hex(),
            "vkey": self.key.vkey,
            "signature": self.signer.sign(text).hex(),
            "derived_request": derived_request("outcome_missing", VALUES["section_leaf"]),
        }

    def of_section(self) -> dict[str, str]:
        name, data = VALUES["section_name"], VALUES["section_bytes"].encode()
        where = sections.place(self.origin, VALUES["section_leaf"], name)
        commitment = sections.commitment(given("salt"), where, data)
        key = sections.section_key(given("data_key"), where)
        plain = given("salt") + len(data).to_bytes(4) + data
        plain += bytes(-len(plain) % 64)
        sealed = given("nonce") + AESGCM(key).encrypt(given("nonce"), plain, where)
        self.assertEqual(sections.open_sealed(sealed, given("data_key"), where), sections.Opened(given("salt"), data))
        sections.check_shown(parse_leaf(LEAVES[1]), name, given("salt"), data)
        return {
            "commitment": commitment.hex(),
            "commitment_base64": to_base64(commitment),
            "additional_data": where.hex(),
            "section_key": key.hex(),
            "plaintext": plain.hex(),
            "sealed": sealed.hex(),
            "box_header": (bytes([len(name)]) + name.encode() + len(sealed).to_bytes(4)).hex(),
        }

    def of_tree(self) -> dict[str, str]:
        values, hashes = {}, [merkle.leaf_hash(leaf) for leaf in LEAVES]
        chain = merkle.chain_start(self.origin)
        tree = merkle.CompactRange()
        values |= {"chain_start": chain.hex(), "root[0]": tree.root().hex()}
        for i, (leaf, hashed) in enumerate(zip(LEAVES, hashes, strict=True)):
            tree.append(hashed)
            chain = merkle.chain_next(chain, hashed)
            values |= {f"leaf_bytes[{i}]": str(len(leaf)), f"leaf_hash[{i}]": hashed.hex()}
            values |= {f"chain[{i}]": chain.hex(), f"root[{i + 1}]": tree.root().hex()}
            values[f"entry_length[{i}]"] = len(leaf).to_bytes(2).hex()
        bundle = b"".join(len(leaf).to_bytes(2) + leaf for leaf in LEAVES)
        self.assertEqual(parse_bundle(bundle, 3), LEAVES)
        return values | {
            "node": merkle.node(hashes[0], hashes[1]).hex(),
            "tile_path": Tile(0, 0, 3).path,
            "tile_sha256": hashlib.sha256(b"".join(hashes)).hexdigest(),
            "bundle_path": path_of("entries", 0, 3),
            "bundle_sha256": hashlib.sha256(bundle).hexdigest(),
        }

    def of_wrapping(self) -> dict[str, str]:
        def wrapped(parent: str, handle: str, key: str) -> str:
            info = "\n".join(("candor/wrap/v1", VALUES["tenant"], VALUES[handle], "1")).encode()
            return aes_key_wrap(HKDFExpand(SHA256(), 32, info).derive(given(parent)), given(key)).hex()

        return {
            "wrapped_tenant_key": wrapped("operator_key", "tenant_handle", "tenant_key"),
            "wrapped_data_key": wrapped("tenant_key", "data_handle", "data_key"),
        }

    def test_every_value_is_the_computed_one_and_none_is_left_out(self) -> None:
        self.assertEqual(self.computed(), {name: value for name, value in VALUES.items() if name not in _GIVEN})

    def test_the_leaves_are_what_section_2_says(self) -> None:
        self.assertEqual(len(LEAVES), 3)
        for data in LEAVES:
            check_facts(parse_leaf(data))

    def test_the_checkpoint_is_signed_and_of_the_root(self) -> None:
        checkpoint = parse_checkpoint(CHECKPOINT)
        self.assertEqual((checkpoint.size, checkpoint.root.hex()), (3, VALUES["root[3]"]))
        self.assertEqual(checkpoint.signer([parse_vkey(VALUES["vkey"])]), self.key)

    def test_the_receipt_is_intact_and_its_path_that_of_the_text(self) -> None:
        verdict = verify_receipt(LEAVES[1], PROOF, [self.key], self.origin)
        self.assertEqual((verdict.findings.all(), verdict.malformed.all()), ([], []))
        self.assertEqual([h.hex() for h in parse_proof(PROOF).path], [VALUES["leaf_hash[0]"], VALUES["leaf_hash[2]"]])

    def test_the_consistency_proofs_hold(self) -> None:
        leaf_1, leaf_2, new = given("leaf_hash[1]"), given("leaf_hash[2]"), given("root[3]")
        self.assertTrue(merkle.is_consistent(2, 3, [leaf_2], given("root[2]"), new))
        self.assertTrue(merkle.is_consistent(1, 3, [leaf_1, leaf_2], given("root[1]"), new))
        self.assertFalse(merkle.is_consistent(1, 3, [leaf_2, leaf_1], given("root[1]"), new))
