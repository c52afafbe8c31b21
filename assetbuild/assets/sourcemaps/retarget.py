"""Keep a map true to its file when that gets its name and the names it writes.

In: the bytes of a map, the file's text before, the edits. Out: the bytes after. Only what changes is
touched: most maps are megabytes of texts, and reading these as JSON takes longer than all the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from assetbuild.assets.sourcemaps.model import emit_source_map, parse_source_map
from assetbuild.assets.sourcemaps.shift import shift_mappings
from assetbuild.assets.syntax.reference import Edit
from assetbuild.jsontype import parse_json

# a quote within a JSON string has a back-slash in front, so each of these is a key
_FILE = re.compile(rb'"file"[ \t\n\r]*:[ \t\n\r]*("(?:[^"\\]|\\.)*"|null)')
_MAPPINGS = re.compile(rb'"mappings"[ \t\n\r]*:[ \t\n\r]*"([^"\\]*)"')


def retarget_map(data: bytes, file: str, text: str, edits: Sequence[Edit]) -> bytes:
    """Return the map of ``text`` after the edits, which is the file at the URL ``file`` now.

    A third party's broken map stays as it is: it is not worth a failed build.
    """
    try:
        if b'"sections"' in data:
            return _retarget_slowly(data, file, text, edits)
        if edits:
            (found,) = _MAPPINGS.finditer(data)
            mappings = shift_mappings(found[1].decode("ascii"), text, edits)
            data = data[: found.start(1)] + mappings.encode("ascii") + data[found.end(1) :]
        name = json.dumps(file, ensure_ascii=False).encode()
        named = [*_FILE.finditer(data)]
        if len(named) == 1:
            return data[: named[0].start(1)] + name + data[named[0].end(1) :]
        whole = data.rstrip()
        if named or not whole.endswith(b"}"):
            return _retarget_slowly(data, file, text, ())
        return b'%b,"file":%b}' % (whole[:-1].rstrip(), name)
    except (ValueError, KeyError, TypeError):
        return data


def _retarget_slowly(data: bytes, file: str, text: str, edits: Sequence[Edit]) -> bytes:
    document = parse_json(data)
    if edits and "sections" in document:
        document = parse_json(emit_source_map(parse_source_map(data)))
    if edits:
        document["mappings"] = shift_mappings(document["mappings"], text, edits)
    document["file"] = file
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "replace"
    )
