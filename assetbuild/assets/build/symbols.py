"""References to symbols: does the file of symbols hold the one that is named?

In: resolved references, the files of symbols. Out: warnings. A browser draws nothing for a symbol
that is not there, and says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote

from assetbuild.assets.build.prepared import Prepared, locate_reference
from assetbuild.assets.languages.texts import line_at
from assetbuild.assets.naming import Link
from assetbuild.assets.sprites.folder import FOLDER
from assetbuild.diagnostics import Diagnostic, warning
from assetbuild.paths import LogicalPath
from assetbuild.suggest import find_nearest

_ID = re.compile(r'\sid="([^"]*)"')


def find_missing_symbols(
    links: Mapping[LogicalPath, Sequence[Link]],
    prepared: Mapping[LogicalPath, Prepared],
    text_of: Callable[[str], str | None],
) -> dict[LogicalPath, list[Diagnostic]]:
    """Return, by owner, a warning for each ``sprites/icons.svg#name`` without that symbol.

    ``links`` are those of each output; ``text_of`` gives a project-relative source's text.
    """
    known: dict[LogicalPath, frozenset[str]] = {}
    told: dict[LogicalPath, list[Diagnostic]] = {}
    for owner, some in links.items():
        for link in some:
            target = prepared.get(link.target)
            if target is None or not _is_symbols(target) or not names_symbol(link):
                continue
            if link.target not in known:
                # with all names of entities, which no build without symbols needs
                import html

                text = target.content.decode("utf-8")
                known[link.target] = frozenset(html.unescape(one) for one in _ID.findall(text))
            name = unquote(link.suffix[1:])
            if name not in known[link.target]:
                found = _tell(prepared[owner], link, name, known[link.target], text_of=text_of)
                told.setdefault(owner, []).append(found)
    return told


def names_symbol(link: Link) -> bool:
    """Tell whether a link names a part of a file that may hold symbols."""
    folder = link.target.rpartition("/")[0]
    return folder == FOLDER and link.suffix.startswith("#")


def _is_symbols(one: Prepared) -> bool:
    return one.media_type == "image/svg+xml"


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
