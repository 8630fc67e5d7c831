"""Leaf hashes, the tree of RFC 6962 with its proofs, and the chain (section 2.5)."""

import hashlib
from collections.abc import Iterable, Sequence

EMPTY_ROOT = hashlib.sha256().digest()
PATH_HASHES = 64


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\0" + leaf).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def chain_start(origin: str) -> bytes:
    return hashlib.sha256(b"\2candor/chain/v1\n" + origin.encode()).digest()


def chain_next(before: bytes, hashed: bytes) -> bytes:
    return hashlib.sha256(b"\2" + before + hashed).digest()


class CompactRange:
    """The roots of the maximal full subtrees of a tree that grows at its end."""

    def __init__(self, hashes: Iterable[bytes] = ()) -> None:
        self.size = 0
        self.roots: list[bytes] = []
        for one in hashes:
            self.append(one)

    def append(self, hashed: bytes) -> None:
        size = self.size
        while size & 1:
            hashed = node(self.roots.pop(), hashed)
            size >>= 1
        self.roots.append(hashed)
        self.size += 1

    def root(self) -> bytes:
        if not self.roots:
            return EMPTY_ROOT
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = node(left, root)
        return root


def is_included(hashed: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    if not 0 <= index < size:
        return False
    fn, sn, r = index, size - 1, hashed
    for h in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node(h, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, h)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def is_consistent(old_size: int, new_size: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether the tree of new_size begins with that of old_size, 0 < old_size <= new_size."""
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return not path and old_root == new_root
    steps = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    return consistency_roots(old_size, new_size, steps) == (old_root, new_root)


def consistency_roots(old_size: int, new_size: int, steps: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """The roots that a path leads to, 0 < old_size < new_size.

    `steps` is the path, after the old root where the old size is a power of two.
    """
    if not steps:
        return None
    fn, sn = old_size - 1, new_size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = steps[0]
    for h in steps[1:]:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            fr, sr = node(h, fr), node(h, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, h)
        fn, sn = fn >> 1, sn >> 1
    return (fr, sr) if sn == 0 else None
