"""Run every benchmark that has a peer and print all ratios in one table: ``make bench``.

``python -m benchmarks [NAME ...]`` runs some. A benchmark whose peer is not on this machine is told
below the table, with what it needs.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.ratio import Missing, Ratio, print_table


def benchmark_names() -> list[str]:
    """Return the modules beside this one that measure a peer, sorted."""
    folder = Path(__file__).parent
    names = [one.name for one in pkgutil.iter_modules([str(folder)]) if one.name != "__main__"]
    return [one for one in names if "def ratios(" in (folder / f"{one}.py").read_text("utf-8")]


def main(names: list[str]) -> int:
    """Print the table and what was left out; 1 when a target was missed or a peer is not here."""
    left_out: list[str] = []
    known = benchmark_names()
    for name in names:
        if name not in known:
            print(f'no benchmark is called "{name}"; there are: {", ".join(known)}')
            return 2

    def rows() -> Iterator[Ratio]:
        for name in names or known:
            try:
                module = importlib.import_module(f"benchmarks.{name}")
                yield from module.ratios()
            except Missing as reason:
                left_out.append(f"{name}: {reason}")
            except ImportError as reason:
                left_out.append(f"{name}: {reason} (pip install it)")

    met = print_table(rows())
    for line in left_out:
        print(f"\nnot measured, {line}")
    return 0 if met and not left_out else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
