"""Components come dependencies first, whatever the depth."""

from __future__ import annotations

from assetbuild.components import find_components


def components(graph: dict[str, str]) -> list[list[str]]:
    return [sorted(one) for one in find_components(sorted(graph), lambda name: list(graph[name]))]


def test_dependencies_come_first_and_cycles_together() -> None:
    graph = {"a": "b", "b": "cd", "c": "b", "d": "d", "e": ""}
    assert components(graph) == [["d"], ["b", "c"], ["a"], ["e"]]


def test_a_chain_longer_than_the_stack() -> None:
    found = list(find_components([0], lambda one: [one + 1] if one < 50_000 else []))
    assert found[0] == [50_000]
    assert len(found) == 50_001


def test_a_cycle_longer_than_the_stack() -> None:
    assert len(next(iter(find_components([0], lambda one: [(one + 1) % 50_000])))) == 50_000
