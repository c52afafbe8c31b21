"""References in JavaScript: import, export … from, import(), new URL(…), sourceMappingURL.

In: a script or module. Out: sorted references. Bare module names ("react") are returned too; the
resolver leaves them to the packages (urls.is_bare_specifier).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from assetbuild.assets.syntax.js_tokens import JsToken, iterate_js_tokens
from assetbuild.assets.syntax.reference import Kind, Reference, is_data_uri

# without one of these there is no reference but the map's; a word that a quote opens is a key
_PREFILTER = re.compile(
    r"(?<![\w$\"'`])(?:import\s*(?:[\"'`({*\w$.]|/[*/])|export\s*(?:[{*]|/[*/])|import\s+[^\x00-\x7f])"
)
_MAP_LINE = re.compile(r"//[#@][ \t]*sourceMappingURL=([^\s'\"`]+)[ \t]*")
_MAP_BLOCK = re.compile(r"/\*[#@][ \t]*sourceMappingURL=([^\s'\"*]+)\s*\*/")
_MAP_NAME = "sourceMappingURL="
_HELD = 4096  # tokens before the current one that may be held
# what stands after `new`, by its distance; a string is the third
_NEW_URL = tuple(
    (at, part)
    for at, part in enumerate(("new", "URL", "(", "", ",", "import", ".", "meta", ".", "url"))
    if at not in {0, 3}
)
_ESCAPE = re.compile(
    r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|[\n\r\u2028\u2029])|([\s\S]))"
)
_SINGLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


def find_js_references(text: str) -> tuple[Reference, ...]:
    """Return the references of a script or module, in order."""
    map_at = text.rfind(_MAP_NAME)
    if not _may_name_modules(text):
        if map_at < 0:
            return ()
        quick = _find_map_on_last_line(text, map_at)
        if quick is not None:
            return () if is_data_uri(quick.url) else (quick,)
    code = _Code(iterate_js_tokens(text))
    found = _find_modules(text, code)
    source_map = _find_map(text, code.last_comments) if map_at >= 0 else None
    if source_map is None or is_data_uri(source_map.url):
        return tuple(found)
    return (*found, source_map)


def find_js_map(text: str) -> Reference | None:
    """Return the comment that names the map of a script, a data URI too."""
    map_at = text.rfind(_MAP_NAME)
    if map_at < 0:
        return None
    quick = _find_map_on_last_line(text, map_at)
    if quick is not None:
        return quick
    last_comments: list[JsToken] = []
    for token in iterate_js_tokens(text):
        if token[0] != "comment":
            last_comments.clear()
        else:
            last_comments.append(token)
    return _find_map(text, last_comments)


def _may_name_modules(text: str) -> bool:
    # `in` runs at memory speed: most scripts of several megabytes hold neither word
    return ("import" in text or "export" in text) and _PREFILTER.search(text) is not None


def unescape_js(body: str) -> str:
    """Return the value of a string's or template's body."""
    return _ESCAPE.sub(_resolve_escape, body) if "\\" in body else body


def _find_map_on_last_line(text: str, map_at: int) -> Reference | None:
    """Return the comment that is the whole last line: there it can be in no string or comment.

    (A template or comment around it would have to end after it.)
    """
    match = _MAP_LINE.match(text, text.rfind("//", 0, map_at))
    if match is None or not text.startswith(_MAP_NAME, match.start(1) - len(_MAP_NAME)):
        return None
    before = text[:0] if match.start() == 0 else text[match.start() - 1]
    if before not in {"", "\n", "\r"} or text[match.end() :].strip():
        return None
    return _map_reference(match)


def _map_reference(match: re.Match[str]) -> Reference:
    return Reference(match.start(1), match.end(1), match.group(1), "source-map", "comment")


class _Code:
    """The tokens that are no comments, by their index; only those near the last one are held.

    A script of 20 MB has millions of tokens, and a list of them takes twenty times its size.
    """

    def __init__(self, tokens: Iterable[JsToken]) -> None:
        self._tokens = iter(tokens)
        self._held: list[JsToken] = []
        self._first = 0  # index of the first one held
        self.last_comments: list[JsToken] = []  # after all code seen so far

    def get(self, index: int) -> JsToken | None:
        """Return a token, or None after the last one."""
        at = index - self._first
        while at >= len(self._held):
            if not self._read():
                return None
        return self._held[at]

    def walk(self) -> Iterator[int]:
        """Yield every index; tokens more than one before it are held no longer."""
        index = 0
        while self.get(index) is not None:
            yield index
            index += 1
            if index - self._first > _HELD:
                del self._held[: index - 1 - self._first]
                self._first = index - 1

    def _read(self) -> bool:
        for token in self._tokens:
            if token[0] == "comment":
                self.last_comments.append(token)
                continue
            self.last_comments.clear()
            self._held.append(token)
            return True
        return False


def _find_map(text: str, last_comments: list[JsToken]) -> Reference | None:
    """Return the last map comment after all code (ECMA-426, section 11.1.2.2)."""
    for _, start, end in reversed(last_comments):
        match = _MAP_LINE.fullmatch(text, start, end) or _MAP_BLOCK.fullmatch(text, start, end)
        if match is not None:
            return _map_reference(match)
    return None


def _find_modules(text: str, code: _Code) -> list[Reference]:
    found: list[Reference] = []
    before = ""  # the token before, where it may be a dot
    for index in code.walk():
        kind, start, end = _token(code, index)
        is_property = before in {".", "?."}
        before = text[start:end] if end - start <= 2 else ""
        if kind != "word" or end - start not in {3, 6} or is_property:
            continue
        word = text[start:end]
        if word not in {"import", "export", "new"}:
            continue
        one: Reference | None = None
        following = code.get(index + 1)
        if word == "new":
            one = _match_new_url(text, code, index)
        elif following is None:
            continue
        elif word == "export":
            one = _match_clause(text, code, index + 1, opens="{*")
        elif text[following[1]] == "(":
            one = _string_reference(text, code, index + 2, "dynamic-import")
        else:
            one = _match_clause(text, code, index + 1, opens="")
        if one is not None:
            found.append(one)
    return found


def _token(code: _Code, index: int) -> JsToken:
    token = code.get(index)
    assert token is not None
    return token


def _string_reference(text: str, code: _Code, index: int, kind: Kind) -> Reference | None:
    """Return the reference that the token at an index is, if it is a whole literal."""
    found = code.get(index)
    if found is None:
        return None
    token, start, end = found
    is_template = token == "template" and text[start] == "`" and text[end - 1] == "`"
    if not (token == "string" or is_template) or end - start < 3 or text[start] != text[end - 1]:
        return None
    if kind in {"dynamic-import", "new-url"}:
        # "./a" + name is no literal
        following = code.get(index + 1)
        if following is not None and text[following[1]] not in "),":
            return None
    url = unescape_js(text[start + 1 : end - 1])
    if is_data_uri(url):
        return None
    return Reference(start, end, url, kind, "js-string")


def _match_clause(text: str, code: _Code, index: int, *, opens: str) -> Reference | None:
    """Match ``… from "x"`` (or the bare ``import "x"``) from an index on."""
    kind, start, _ = _token(code, index)
    if opens:
        if text[start] not in opens:
            return None
    elif kind == "string":
        return _string_reference(text, code, index, "module")
    depth = 0
    while (token := code.get(index)) is not None:
        kind, start, end = token
        part = text[start:end]
        following = code.get(index + 1)
        if part == "{":
            depth += 1
            if depth > 1:
                return None
        elif depth == 0 and part in {"import", "export"}:
            # another statement; going on would take quadratic time
            return None
        elif part == "}":
            depth -= 1
            # `export {a}` has no source, and what follows is another statement
            if depth != 0 or following is None or text[following[1] : following[2]] != "from":
                return None
        elif part == "from" and depth == 0 and following is not None and following[0] == "string":
            return _string_reference(text, code, index + 1, "module")
        elif not (kind == "word" or part in {",", "*"} or (kind == "string" and depth > 0)):
            return None
        index += 1
    return None


def _match_new_url(text: str, code: _Code, index: int) -> Reference | None:
    """Match ``new URL("x", import.meta.url)``."""
    for at, part in _NEW_URL:
        token = code.get(index + at)
        if token is None or text[token[1] : token[2]] != part:
            return None
    return _string_reference(text, code, index + 3, "new-url")


def _resolve_escape(match: re.Match[str]) -> str:
    braces, four, two, newline, char = match.groups()
    digits = braces or four or two
    if digits:
        code = int(digits, 16)
        return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
    return "" if newline else _SINGLE.get(char, char)
