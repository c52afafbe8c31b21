"""References to symbols: does the file of symbols hold the one that is named?

In: resolved references, the files of symbols. Out: warnings. A browser draws nothing for a symbol
that is not there, and says nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote

from assetbuild.assets.build.prepared import Prepared, locate_reference
from assetbuild.assets.languages.texts import line_at
from assetbuild.assets.naming import Link
from assetbuild.assets.sprites.members import FOLDER
from assetbuild.diagnostics import Diagnostic, warning
from assetbuild.paths import LogicalPath
from assetbuild.suggest import find_nearest

_ID = re.compile(r'\sid="([^"]*)"')


def find_missing_symbols(
    links: Mapping[LogicalPath, Sequence[Link]],
    prepared: Mapping[LogicalPath, Prepared],
    text_of: Callable[[str], str | None],
) -> list[Diagnostic]:
    """Return a warning for each ``sprites/icons.svg#name`` without that symbol.

    ``links`` are those of each output; ``text_of`` gives a project-relative source's text.
    """
    known: dict[LogicalPath, frozenset[str]] = {}
    told = []
    for owner, some in links.items():
        for link in some:
            target = prepared.get(link.target)
            if target is None or not _is_symbols(target) or not link.suffix.startswith("#"):
                continue
            if link.target not in known:
                text = target.content.decode("utf-8")
                known[link.target] = frozenset(html.unescape(one) for one in _ID.findall(text))
            name = unquote(link.suffix[1:])
            if name not in known[link.target]:
                told.append(_tell(prepared[owner], link, name, known[link.target], text_of=text_of))
    return told


def _is_symbols(one: Prepared) -> bool:
    return one.logical.rpartition("/")[0] == FOLDER and one.media_type == "image/svg+xml"


def _tell(
    owner: Prepared,
    link: Link,
    name: str,
    known: frozenset[str],
    *,
    text_of: Callable[[str], str | None],
) -> Diagnostic:
    item = next(one for one in owner.references if one.reference.start == link.reference.start)
    text = text_of(item.file)
    nearest = find_nearest(name, known)
    return warning(
        "sprite/no-symbol",
        f'"{link.target}" has no symbol "{name}": nothing will be drawn',
        location=locate_reference(
            item, link.reference.url, None if text is None else line_at(text, item.line)
        ),
        hint=f'did you mean "#{nearest}"?' if nearest else None,
    )
