"""Our own mutator: needs nothing but Python, repeats itself by a seed, and looks for slow inputs.

In: seeds and words. Out: endless inputs. One in eight is *pumped*: a piece of it is repeated
thousands of times, which a coverage-guided fuzzer hardly ever tries and a backtracking regular
expression or a rescan fails on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

_PUMPED = 20_000  # bytes of a pumped input
_LONGEST = 4_096  # bytes of any other


def mutate_forever(seeds: Sequence[bytes], words: Sequence[bytes], seed: int) -> Iterator[bytes]:
    """Yield the seeds, then mutations of them without end; the same for the same arguments."""
    yield from seeds
    chance = Random(seed)
    pool = list(seeds) or [b""]
    while True:
        data = bytearray(chance.choice(pool))
        for _ in range(chance.randint(1, 4)):
            _change(data, pool, words, chance)
        if chance.random() < 0.125:
            yield _pump(bytes(data), chance)
        else:
            yield bytes(data[:_LONGEST])


def _change(data: bytearray, pool: Sequence[bytes], words: Sequence[bytes], chance: Random) -> None:
    at = chance.randint(0, len(data))
    end = min(len(data), at + chance.randint(1, 12))
    kind = chance.randrange(6)
    if kind == 0:
        data[at:end] = b""
    elif kind == 1:
        data[at:at] = bytes([chance.randrange(256)])
    elif kind == 2 and words:
        data[at:at] = chance.choice(words)
    elif kind == 3:
        data[at:at] = data[at:end] * chance.randint(1, 8)
    elif kind == 4:
        other = chance.choice(pool)
        start = chance.randint(0, len(other))
        data[at:end] = other[start : start + chance.randint(1, 200)]
    else:
        data[at:end] = bytes(
            chance.choice(b"\"'`\\/*(){}[]<>&#%;:,.=-+!?@$^|~ \n\r\t0aZ") for _ in range(3)
        )


def _pump(data: bytes, chance: Random) -> bytes:
    at = chance.randint(0, len(data))
    piece = data[at : at + chance.randint(1, 12)] or b"a"
    return data[:at] + piece * (_PUMPED // len(piece)) + data[at + len(piece) :]
