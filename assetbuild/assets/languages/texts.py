"""Sources as text: UTF-8 without a byte order mark, or a diagnostic that says where it is not.

In: bytes. Out: text. Refuses to know: what the text means.
"""

from __future__ import annotations

import codecs

from assetbuild.diagnostics import AssetbuildError, Diagnostic, Location, error
from assetbuild.jsontype import Json


def decode_source(data: bytes, display: str, encoding: Json = "utf-8") -> str:
    """Return the text of a source, without a byte order mark; line ends are kept.

    ``encoding`` is what the option of that name says. Errors: ``language/not-utf8``,
    ``language/unknown-encoding``.
    """
    name = str(encoding)
    if data.startswith(codecs.BOM_UTF8):
        data, name = data[len(codecs.BOM_UTF8) :], "utf-8"
    try:
        codecs.lookup(name)  # an empty file would decode by any name
        return data.decode(name)
    except LookupError as failure:
        raise AssetbuildError(
            error(
                "language/unknown-encoding",
                f'"{name}" is no encoding that Python knows',
                location=Location(file=display),
                hint='write encoding = "utf-8", or the encoding the file was saved in',
            )
        ) from failure
    except UnicodeDecodeError as failure:
        raise AssetbuildError(_tell_bad_byte(data, display, name, failure.start)) from failure


def _tell_bad_byte(data: bytes, display: str, encoding: str, offset: int) -> Diagnostic:
    start = data.rfind(b"\n", 0, offset) + 1
    end = data.find(b"\n", offset)
    line = data[start : end if end >= 0 else len(data)]
    before = data[start:offset].decode(encoding, "replace")
    return error(
        "language/not-utf8",
        f"the file is not {encoding.upper()}: byte {data[offset]:#04x} at offset {offset}",
        location=Location(
            file=display,
            line=data.count(b"\n", 0, offset) + 1,
            column=len(before) + 1,
            line_text=line.decode(encoding, "replace").rstrip("\r"),
        ),
        hint='save the file as UTF-8, or say what it is in a [[rule]]: options = { encoding = "latin-1" }',
    )


def line_at(text: str, line: int) -> str | None:
    """Return a line of a text by its 1-based number, without its end, or None beyond the last."""
    lines = text.split("\n")
    return lines[line - 1].rstrip("\r") if 1 <= line <= len(lines) else None
