"""Merkle trees as in RFC 6962, section 2.1: one digest over an ordered list of leaves, and the proof that a leaf stands in it.

Leaves and nodes are hashed apart (0x00 and 0x01 before the data), so that no node can be passed off as a leaf.
"""

import hashlib
from collections.abc import Sequence


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The 32 bytes over all leaves in their order; of none, the hash of nothing."""
    if not leaves:
        return hashlib.sha256().digest()
    level = [_leaf(leaf) for leaf in leaves]
    while len(level) > 1:
        level = _above(level)
    return level[0]


def inclusion_path(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """What leads from the leaf at the index up to the root: at each level the hash beside it, where there is one."""
    level, path = [_leaf(leaf) for leaf in leaves], []
    while len(level) > 1:
        if index ^ 1 < len(level):
            path.append(level[index ^ 1])
        level, index = _above(level), index // 2
    return tuple(path)


def is_included(root: bytes, leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bool:
    """Whether the path leads from the leaf, at its index among so many, to the root."""
    if not 0 <= index < size:
        return False
    found, rest = _leaf(leaf), list(path)
    while size > 1:
        if index ^ 1 < size:
            if not rest:
                return False
            beside = rest.pop(0)
            found = _node(beside, found) if index % 2 else _node(found, beside)
        index, size = index // 2, (size + 1) // 2
    return found == root and not rest


def _leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _above(level: Sequence[bytes]) -> list[bytes]:
    """The nodes over pairs; a last one without a partner goes up as it is."""
    pairs = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return [*pairs, level[-1]] if len(level) % 2 else pairs
