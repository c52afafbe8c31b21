"""References in JavaScript: import, export … from, import(), new URL(…), sourceMappingURL.

In: a script or module. Out: sorted references. Bare module names ("react") are returned too; the
resolver leaves them to the packages (urls.is_bare_specifier).
"""

from __future__ import annotations

import re

from assetbuild.assets.syntax.js_tokens import JsToken, tokenize_js
from assetbuild.assets.syntax.reference import Kind, Reference, is_data_uri

# without one of these there is no reference but the map's; a word that a quote opens is a key
_PREFILTER = re.compile(
    r"(?<![\w$\"'`])(?:import\s*(?:[\"'`({*\w$.]|/[*/])|export\s*(?:[{*]|/[*/])|import\s+[^\x00-\x7f])"
)
_MAP_LINE = re.compile(r"//[#@][ \t]*sourceMappingURL=([^\s'\"`]+)[ \t]*")
_MAP_BLOCK = re.compile(r"/\*[#@][ \t]*sourceMappingURL=([^\s'\"*]+)\s*\*/")
_MAP_NAME = "sourceMappingURL="
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
    tokens = tokenize_js(text)
    found = _find_modules(text, [one for one in tokens if one[0] != "comment"])
    source_map = _find_map(text, tokens) if map_at >= 0 else None
    if source_map is None or is_data_uri(source_map.url):
        return tuple(found)
    return (*found, source_map)


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


def _find_map(text: str, tokens: list[JsToken]) -> Reference | None:
    """Return the last map comment after all code (ECMA-426, section 11.1.2.2)."""
    for kind, start, end in reversed(tokens):
        if kind != "comment":
            return None
        match = _MAP_LINE.fullmatch(text, start, end) or _MAP_BLOCK.fullmatch(text, start, end)
        if match is not None:
            return _map_reference(match)
    return None


def _find_modules(text: str, code: list[JsToken]) -> list[Reference]:
    found: list[Reference] = []
    size = len(code)
    for index, (kind, start, end) in enumerate(code):
        if kind != "word" or end - start not in {3, 6}:
            continue
        word = text[start:end]
        if word not in {"import", "export", "new"} or _is_property(text, code, index):
            continue
        one: Reference | None = None
        if word == "new":
            one = _match_new_url(text, code, index)
        elif word == "export" and index + 1 < size:
            one = _match_clause(text, code, index + 1, opens="{*")
        elif index + 1 < size:
            _, after, _ = code[index + 1]
            if text[after] == "(":
                one = _string_reference(text, code, index + 2, "dynamic-import")
            else:
                one = _match_clause(text, code, index + 1, opens="")
        if one is not None:
            found.append(one)
    return found


def _is_property(text: str, code: list[JsToken], index: int) -> bool:
    if index == 0:
        return False
    _, start, end = code[index - 1]
    return text[start:end] in {".", "?."}


def _string_reference(text: str, code: list[JsToken], index: int, kind: Kind) -> Reference | None:
    """Return the reference that the token at an index is, if it is a whole literal."""
    if index >= len(code):
        return None
    token, start, end = code[index]
    is_template = token == "template" and text[start] == "`" and text[end - 1] == "`"
    if not (token == "string" or is_template) or end - start < 3 or text[start] != text[end - 1]:
        return None
    if kind in {"dynamic-import", "new-url"} and index + 1 < len(code):
        # "./a" + name is no literal
        _, after, _ = code[index + 1]
        if text[after] not in "),":
            return None
    url = unescape_js(text[start + 1 : end - 1])
    if is_data_uri(url):
        return None
    return Reference(start, end, url, kind, "js-string")


def _match_clause(text: str, code: list[JsToken], index: int, *, opens: str) -> Reference | None:
    """Match ``… from "x"`` (or the bare ``import "x"``) from an index on."""
    kind, start, _ = code[index]
    if opens:
        if text[start] not in opens:
            return None
    elif kind == "string":
        return _string_reference(text, code, index, "module")
    depth = 0
    while index < len(code):
        kind, start, end = code[index]
        part = text[start:end]
        is_last = index + 1 >= len(code)
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
            if depth != 0 or is_last or text[code[index + 1][1] : code[index + 1][2]] != "from":
                return None
        elif part == "from" and depth == 0 and not is_last and code[index + 1][0] == "string":
            return _string_reference(text, code, index + 1, "module")
        elif not (kind == "word" or part in {",", "*"} or (kind == "string" and depth > 0)):
            return None
        index += 1
    return None


def _match_new_url(text: str, code: list[JsToken], index: int) -> Reference | None:
    """Match ``new URL("x", import.meta.url)``."""
    following = [text[start:end] for _, start, end in code[index + 1 : index + 10]]
    if following[:2] != ["URL", "("] or following[3:9] != [",", "import", ".", "meta", ".", "url"]:
        return None
    return _string_reference(text, code, index + 3, "new-url")


def _resolve_escape(match: re.Match[str]) -> str:
    braces, four, two, newline, char = match.groups()
    digits = braces or four or two
    if digits:
        code = int(digits, 16)
        return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
    return "" if newline else _SINGLE.get(char, char)
