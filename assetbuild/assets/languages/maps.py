"""Source maps as compilers write them, made fit to leave the machine.

In: the map of a compiler. Out: revision 3 JSON whose sources are project-relative or ``pkg:``.
Source: ECMA-426.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping


def clean_source_map(
    raw: str | bytes,
    *,
    file: str,
    display: Callable[[str], str],
    texts: Mapping[str, str],
) -> bytes:
    """Return the map with its sources renamed and their text beside them.

    ``display`` turns a compiler's name of a source into ours; ``texts`` is by our names, and a
    source without a text keeps null. ``file`` is the output's own name without folder.
    """
    document = json.loads(raw)
    sources = [display(one) for one in document.get("sources", [])]
    cleaned = {
        "version": 3,
        "file": file,
        "sources": sources,
        "sourcesContent": [texts.get(one) for one in sources],
        "names": document.get("names", []),
        "mappings": document.get("mappings", ""),
    }
    return json.dumps(cleaned, ensure_ascii=False, separators=(",", ":")).encode()
