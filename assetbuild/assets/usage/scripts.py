"""Names of assets in JavaScript and TypeScript: assetPath("…") and the app's own functions.

In: the text of a script. Out: mentions in order. Only a whole literal counts, handed over as the first
argument: what is computed says nothing for sure. Imports and ``new URL("…", import.meta.url)`` are
references, which the build follows by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from assetbuild.assets.syntax.js_references import unescape_js
from assetbuild.assets.syntax.js_tokens import JsToken, iterate_js_tokens
from assetbuild.assets.usage.mention import Mention

# names that mean nothing else, where the argument is a file's
_FUNCTIONS = ("asset_path", "asset_url", "assetPath", "assetUrl", "assetURL")
_FILE = re.compile(r"[^?#]*[^/?#]\.\w+(?:[?#].*)?", re.DOTALL)


class ScriptFinder:
    """Finds mentions; made once for a list of the app's own helpers."""

    def __init__(self, helpers: Iterable[str] = ()) -> None:
        self._own = frozenset(helpers)
        self._names = self._own | frozenset(_FUNCTIONS)
        # reading the tokens of a large script costs a hundred times more than this search
        self._worth_reading = re.compile(r"\b(?:" + "|".join(map(re.escape, self._names)) + r")\b")

    def find(self, text: str, start: int = 0, end: int | None = None) -> Iterator[Mention]:
        """Yield the mentions of a text, or of a span of it."""
        end = len(text) if end is None else end
        if self._worth_reading.search(text, start, end) is None:
            return
        code = text[start:end]
        tokens = [one for one in iterate_js_tokens(code) if one[0] != "comment"]
        for index in range(len(tokens) - 3):
            mention = self._read_call(code, tokens, index)
            if mention is not None:
                yield replace(mention, start=start + mention.start)

    def _read_call(self, code: str, tokens: list[JsToken], index: int) -> Mention | None:
        def word(at: int) -> str:
            _, first, last = tokens[at]
            return code[first:last]

        helper = word(index)
        if helper not in self._names or word(index + 1) != "(" or word(index + 3) not in {",", ")"}:
            return None
        # a method of something else, or the function's own definition
        if index > 0 and word(index - 1) in {".", "?.", "function"}:
            return None
        kind, first, _ = tokens[index + 2]
        written = word(index + 2)
        is_whole = len(written) >= 2 and written[0] == written[-1]
        if kind not in {"string", "template"} or not is_whole:
            return None
        value = unescape_js(written[1:-1])
        if not value or (helper not in self._own and _FILE.fullmatch(value) is None):
            return None
        return Mention(name=value, start=first + 1, length=len(written) - 2, helper=helper)
