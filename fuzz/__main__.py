"""Fuzz a parser: ``make fuzz TARGET=css SECONDS=600``.

``python -m fuzz`` lists the targets. ``python -m fuzz css --seconds 600`` runs one: with atheris (PyPI)
guided by coverage for three quarters of the time, and for the rest, or without it all of the time, with
our own mutator, which also looks for inputs that take long. ``python -m fuzz css FILE`` tries one input
again. A find is written to ``--finds`` and ends the run with 1.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import signal
import subprocess
import sys
import time
import traceback
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from fuzz import code, platform, sources, wire
from fuzz.mutate import mutate_forever
from fuzz.target import Target, list_seeds

TARGETS: Mapping[str, Target] = {
    one.name: one for one in (*sources.TARGETS, *code.TARGETS, *platform.TARGETS, *wire.TARGETS)
}
PATIENCE_S = 10  # an input that takes longer is a find


class TooSlow(Exception):
    """An input took longer than PATIENCE_S."""


def run_own(target: Target, seconds: float, finds: Path, seed: int) -> int:
    """Run our own mutator; return 1 at the first find."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlow(f"longer than {PATIENCE_S} s")

    signal.signal(signal.SIGALRM, stop)
    warnings.simplefilter("error")  # a warning of Python's would reach a user's terminal
    words = [word.encode() for word in target.words]
    end = time.monotonic() + seconds
    slowest = 0.0
    for count, data in enumerate(mutate_forever(list_seeds(target), words, seed)):
        started = time.monotonic()
        if started > end:
            print(f"{target.name}: {count} inputs of our own, slowest {slowest:.2f} s; no find")
            return 0
        signal.alarm(PATIENCE_S)
        try:
            target.check(data)
        except Exception:
            signal.alarm(0)
            traceback.print_exc()
            finds.mkdir(parents=True, exist_ok=True)
            path = finds / f"{target.name}-{hashlib.sha256(data).hexdigest()[:12]}"
            path.write_bytes(data)
            print(f"{target.name}: {path} after {count} inputs: {data[:200]!r}")
            break
        signal.alarm(0)
        slowest = max(slowest, time.monotonic() - started)
    return 1


def run_atheris(target: Target, seconds: float, finds: Path, corpus: Path) -> int:
    """Run atheris in a process of its own, which ends when libFuzzer does."""
    seeds = corpus / "seeds"
    grown = corpus / "grown"
    for folder in (seeds, grown, finds):
        folder.mkdir(parents=True, exist_ok=True)
    for data in list_seeds(target):
        (seeds / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)
    words = corpus / "words"
    words.write_text(
        "".join(
            '"' + "".join(f"\\x{byte:02x}" for byte in word.encode()[:64]) + '"\n'
            for word in target.words
        )
    )
    argv = [
        *(sys.executable, "-m", "fuzz.guided", target.name, f"-max_total_time={int(seconds)}"),
        *(f"-timeout={PATIENCE_S}", f"-dict={words}", f"-artifact_prefix={finds}/{target.name}-"),
        *("-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0", str(grown), str(seeds)),
    ]
    done = subprocess.run(argv, check=False)
    print(f"{target.name}: atheris ended with {done.returncode}", flush=True)
    return 1 if done.returncode else 0


def main() -> int:
    """Read the command line and run."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "assetbuild-fuzz"
    parser = argparse.ArgumentParser(prog="python -m fuzz")
    parser.add_argument("target", nargs="?", choices=sorted(TARGETS))
    parser.add_argument("input", nargs="?", type=Path, help="try this file instead")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--corpus", type=Path, default=cache, help="what is kept between runs")
    parser.add_argument("--finds", type=Path, default=Path("fuzz-finds"))
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    if options.target is None:
        for name, one in TARGETS.items():
            print(f"{name:12} {(one.check.__doc__ or '').splitlines()[0]}")
        return 0
    target = TARGETS[options.target]
    if options.input is not None:
        target.check(options.input.read_bytes())
        print("no find")
        return 0
    is_guided = importlib.util.find_spec("atheris") is not None
    share = 0.25 if is_guided else 1.0
    status = run_own(target, options.seconds * share, options.finds, options.seed)
    if is_guided and not status:
        corpus = options.corpus / target.name
        status = run_atheris(target, options.seconds * (1 - share), options.finds, corpus)
    return status


if __name__ == "__main__":
    sys.exit(main())
