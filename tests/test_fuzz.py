"""The fuzz targets hold for their seeds and for a few mutations, the same ones at every run."""

from __future__ import annotations

import itertools

import pytest

from fuzz.__main__ import TARGETS
from fuzz.mutate import mutate_forever
from fuzz.target import list_seeds

MUTATIONS = 40


@pytest.mark.parametrize("name", TARGETS)
def test_target_holds_for_its_seeds_and_some_mutations(name: str) -> None:
    target = TARGETS[name]
    seeds = list_seeds(target)
    assert seeds
    words = [word.encode() for word in target.words]
    for data in itertools.islice(mutate_forever(seeds, words, 1), len(seeds) + MUTATIONS):
        target.check(data)
