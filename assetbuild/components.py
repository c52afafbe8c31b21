"""Strongly connected components of a graph, dependencies first.

In: nodes and their edges. Out: the components. Refuses to know: what the nodes are.
Source: R. Tarjan, "Depth-first search and linear graph algorithms" (1972), without recursion: a
chain of imports may be longer than Python's stack.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def find_components(
    nodes: Iterable[Node], edges: Callable[[Node], Iterable[Node]]
) -> Iterator[list[Node]]:
    """Yield the components so that every edge leads into the same or an earlier one.

    The order follows that of ``nodes`` and of their edges, and so is as stable as these.
    """
    order: dict[Node, int] = {}
    lowest: dict[Node, int] = {}
    waiting: list[Node] = []
    is_waiting: set[Node] = set()
    for root in nodes:
        if root in order:
            continue
        work: list[tuple[Node, Iterator[Node]]] = [(root, iter(edges(root)))]
        order[root] = lowest[root] = len(order)
        waiting.append(root)
        is_waiting.add(root)
        while work:
            node, following = work[-1]
            for target in following:
                if target not in order:
                    order[target] = lowest[target] = len(order)
                    waiting.append(target)
                    is_waiting.add(target)
                    work.append((target, iter(edges(target))))
                    break
                if target in is_waiting:
                    lowest[node] = min(lowest[node], order[target])
            else:
                work.pop()
                if work:
                    above = work[-1][0]
                    lowest[above] = min(lowest[above], lowest[node])
                if lowest[node] == order[node]:
                    component: list[Node] = []
                    while not component or component[-1] != node:
                        component.append(waiting.pop())
                    is_waiting.difference_update(component)
                    yield component
