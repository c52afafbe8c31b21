"""The table of ratios: which modules make it, and how a row reads."""

from __future__ import annotations

from benchmarks.__main__ import benchmark_names
from benchmarks.ratio import Ratio, format_row


def test_every_module_with_a_peer_is_run_and_the_runner_is_none() -> None:
    names = benchmark_names()
    assert {"compile", "serve", "upload"} <= set(names)
    assert not {"__main__", "ratio", "registry", "trees"} & set(names)


def test_a_missed_target_is_told() -> None:
    one = Ratio(what="a", ours=3.0, peer=2.0, peer_name="b", target=1.0)
    assert format_row(one) == "| a | 3 s | 2 s | b | 1.50 | ≤ 1, **missed** |"
    faster = Ratio(
        what="a",
        ours=3000,
        peer=1000,
        peer_name="b",
        unit="requests/s",
        target=2,
        is_more_better=True,
    )
    assert format_row(faster) == "| a | 3,000 requests/s | 1,000 requests/s | b | 3.00 | ≥ 2 |"
