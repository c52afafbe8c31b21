from __future__ import annotations

import pytest

from assetbuild.lines import LineCutter, printable
from tests.support.memory import bounded_memory


def cut(*chunks: bytes, limit: int = 64) -> list[str]:
    cutter = LineCutter(limit=limit)
    lines = [line for chunk in chunks for line in cutter.feed(chunk)]
    return lines + cutter.finish()


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ((b"one\ntwo\n",), ["one", "two"]),
        ((b"on", b"e\nt", b"wo"), ["one", "two"]),
        ((b"dos\r\nline\r\n",), ["dos", "line"]),
        ((b"dos\r", b"\nline"), ["dos", "line"]),
        ((b"10%\r50%\r100%\n",), ["100%"]),
        ((b"10%\r", b"50%\r", b"100%\r", b"\n"), ["100%"]),
        ((b"\n\n",), ["", ""]),
        ((), []),
    ],
)
def test_chunks_become_lines(chunks: tuple[bytes, ...], lines: list[str]) -> None:
    assert cut(*chunks) == lines


def test_a_long_line_is_cut_and_says_how_much_is_missing() -> None:
    assert cut(b"x" * 100 + b"\nnext\n", limit=10) == [
        "x" * 10 + " [… 90 bytes more without a newline]",
        "next",
    ]


def test_endless_output_without_newline_needs_bounded_memory() -> None:
    cutter = LineCutter(limit=1_000)
    chunk = b"\0" * 65_536
    with bounded_memory(1_000_000):
        for _ in range(400):
            assert cutter.feed(chunk) == []
    assert len(cutter.finish()[0]) < 1_100


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"caf\xc3\xa9", "café"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"a\x00b\x07", "a\ufffdb\ufffd"),
        (b"\x1b[32mok\x1b[0m", "\x1b[32mok\x1b[0m"),
        (b"\x1b[31mleft open", "\x1b[31mleft open\x1b[0m"),
        (b"\x1b[2K\x1b[1Aup", "up"),
        (b"\x1b]0;title\x07shell", "shell"),
    ],
)
def test_bytes_become_safe_text(data: bytes, text: str) -> None:
    assert printable(data) == text
