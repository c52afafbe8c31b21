"""The little of Protocol Buffers that the embedded Sass protocol needs: varints and byte fields.

In: field numbers and values. Out: bytes, and back. Source: protobuf.dev, "Encoding".
"""

from __future__ import annotations

from collections.abc import Iterable

Field = tuple[int, "int | str | bytes"]


def write_varint(value: int) -> bytes:
    """Return an unsigned number as a varint."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number and the place after it. Errors: IndexError when it is cut short."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def write_message(fields: Iterable[Field]) -> bytes:
    """Return a message: numbers as varints, text and bytes with their length."""
    out = bytearray()
    for number, value in fields:
        if isinstance(value, int):
            out += write_varint(number << 3) + write_varint(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += write_varint(number << 3 | 2) + write_varint(len(data)) + data
    return bytes(out)


def read_message(data: bytes) -> dict[int, int | bytes]:
    """Return a message's fields; of a repeated one the last. Errors: ValueError, IndexError."""
    found: dict[int, int | bytes] = {}
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at)
        kind = tag & 7
        if kind == 0:
            found[tag >> 3], at = read_varint(data, at)
        elif kind == 2:
            length, at = read_varint(data, at)
            found[tag >> 3] = data[at : at + length]
            at += length
        elif kind in {1, 5}:
            at += 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind}")
    return found
