"""A mention: the place of an app's own file that names an asset.

In: nothing. Out: the value that every finder returns.
"""

from __future__ import annotations

from dataclasses import dataclass

BLUEPRINT = "a blueprint's url_for"
"""Helper of a name in a static folder of its own: more may stand before it in the logical path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One name, as it is written."""

    name: str  # as written, escapes resolved; where computed, what is known of its start
    start: int  # offset of the name's first character in the text
    length: int  # characters of the name as written
    helper: str  # what names it: "static", "asset_path"
    ending: str = ""  # extension that the helper adds where the name has none: ".js"
    is_computed: bool = False  # the rest of the name is only known at run time
    is_lenient: bool = False  # also right for a plain file that no manifest lists (Flask)
    is_beside: bool = False  # a path from its own file's folder, where a file must lie
