"""The log's tree against RFC 6962's own definition, and its proofs against everything that is not so."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from opora.evidence import tree, verify

sizes = some.integers(1, 70)


def leaves(count: int) -> list[bytes]:
    return [tree.leaf_hash(b"entry %d" % n) for n in range(count)]


def by_definition(hashes: list[bytes]) -> bytes:
    """RFC 6962 2.1, word for word."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return tree.node_hash(by_definition(hashes[:split]), by_definition(hashes[split:]))


@given(some.integers(0, 130))
def test_it_has_the_root_of_the_definition(count: int) -> None:
    assert tree.root(leaves(count)) == by_definition(leaves(count))


@given(sizes)
def test_it_knows_its_root_at_every_size_while_it_grows(count: int) -> None:
    growing, hashes = tree.Growing(), leaves(count)
    for size, leaf in enumerate(hashes):
        assert growing.root() == by_definition(hashes[:size])
        growing.add(leaf)
    assert (growing.size, growing.root()) == (count, by_definition(hashes))


@given(sizes, some.data())
def test_it_proves_each_entry_and_no_other(count: int, drawn: some.DataObject) -> None:
    hashes = leaves(count)
    index, other = drawn.draw(some.integers(0, count - 1)), drawn.draw(some.integers(0, count - 1))
    proof, root = tree.inclusion_proof(hashes, index), tree.root(hashes)
    for included in (tree.included, verify.included):
        assert included(hashes[index], index, count, proof, root)
        assert included(hashes[other], index, count, proof, root) == (other == index)
        assert not included(tree.leaf_hash(b"forged"), index, count, proof, root)
        assert not included(hashes[index], index, count, [*proof, root], root)


@given(sizes, some.data())
def test_it_proves_that_the_log_only_grew(count: int, drawn: some.DataObject) -> None:
    hashes = leaves(count)
    old = drawn.draw(some.integers(1, count))
    proof = tree.consistency_proof(hashes, old)
    before, now = tree.root(hashes[:old]), tree.root(hashes)
    assert tree.consistent(old, count, before, now, proof)
    rewritten = [tree.leaf_hash(b"rewritten"), *hashes[1:]]
    if old < count:
        assert not tree.consistent(old, count, before, tree.root(rewritten), tree.consistency_proof(rewritten, old))


@pytest.mark.parametrize("index", [-1, 3, 10])
def test_it_has_no_proof_of_an_entry_that_is_not_there(index: int) -> None:
    with pytest.raises(IndexError):
        tree.inclusion_proof(leaves(3), index)
    assert not tree.included(leaves(3)[0], index, 3, [], tree.root(leaves(3)))
