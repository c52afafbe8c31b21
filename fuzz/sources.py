"""Targets: the texts of an app's assets."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import replace

from assetbuild.assets.bundles.css import join_css
from assetbuild.assets.bundles.directives import parse_directives
from assetbuild.assets.bundles.js import join_js
from assetbuild.assets.bundles.part import Part
from assetbuild.assets.languages.less_scan import scan_less
from assetbuild.assets.languages.sass_scan import scan_sass
from assetbuild.assets.minify.alignment import map_minified
from assetbuild.assets.minify.css import minify_css
from assetbuild.assets.minify.js import minify_js
from assetbuild.assets.minify.structured import minify_json, minify_svg
from assetbuild.assets.model import OriginMap
from assetbuild.assets.references import find_references, rewrite_references
from assetbuild.assets.sourcemaps.compose import compose_maps, look_up
from assetbuild.assets.sourcemaps.model import emit_source_map, parse_source_map
from assetbuild.assets.sourcemaps.origins import chain_origins, open_origin
from assetbuild.assets.sourcemaps.packed import pack_source_map
from assetbuild.assets.sourcemaps.retarget import retarget_map
from assetbuild.assets.sourcemaps.shift import shift_mappings
from assetbuild.assets.sourcemaps.vlq import decode_mappings, encode_mappings
from assetbuild.assets.sprites.svg import parse_svg
from assetbuild.assets.syntax.css_tokens import tokenize_css, unescape_css
from assetbuild.assets.syntax.js_tokens import tokenize_js
from assetbuild.assets.syntax.reference import Edit
from assetbuild.diagnostics import AssetbuildError, Location
from assetbuild.paths import LogicalPath
from fuzz.target import Target, as_text

_NEW_URL = "img/a b.3f2a.png"


def check_css(data: bytes) -> None:
    """Tokens cover the text; references lie in it; each step takes any style sheet."""
    text = as_text(data)
    at = 0
    for kind, start, end in tokenize_css(text):
        assert start == at < end, (kind, start, end)
        at = end
    assert at == len(text)
    unescape_css(text)
    _check_rewriting(text, "text/css")
    minified = minify_css(text)
    assert not _is_whole(text) or _meaning(text) == _meaning(minified), minified
    map_minified(text, minified, "text/css", "a.css")
    name = LogicalPath("css/a.css")
    part = Part(logical=name, text=text, source="a.css")
    join_css(
        [part, part], output=LogicalPath("b.css"), load=lambda url, owner: None, wants_map=True
    )


def _is_whole(text: str) -> bool:
    """Tell whether a style sheet has no broken token and closes what it opens."""
    opened: list[str] = []
    pairs = {")": "(", "]": "[", "}": "{"}
    tokens = list(tokenize_css(text))
    for kind, start, end in tokens:
        char = text[end - 1]
        if kind in {"bad-string", "bad-url"} or text[start:end] == "\\":
            return False
        if kind == "function" or (kind == "punct" and char in "([{"):
            opened.append("(" if kind == "function" else char)
        elif kind == "punct" and char in pairs and (not opened or opened.pop() != pairs[char]):
            return False
    last = tokens[-1] if tokens else None
    closing = {"string": (text[last.start],) if last else (), "comment": ("*/",), "url": (")",)}
    ends_well = last is None or text.endswith(closing.get(last.kind, ""), last.start + 1)
    return not opened and ends_well and not text.endswith("\\") and "\0" not in text


def _meaning(text: str) -> list[str]:
    """Return the tokens that a browser acts on, and the white space that makes a descendant."""
    found: list[str] = []
    before = ""  # kind of the token before, "" for what begins no compound
    has_space = False
    text = text.lstrip("\ufeff")
    for kind, start, end in tokenize_css(text):
        has_space = has_space or kind == "space"
        if text[start] == ";":
            before = ""
        if kind in {"space", "comment", "cdo", "cdc"} or text[start] == ";":
            continue
        is_compound = kind == "hash" or text[start] in ".["
        if has_space and before and is_compound:
            found.append(" ")
        has_space = False
        before = "name" if kind in {"ident", "hash"} or text[start] in ")]*" else ""
        if kind == "url":  # white space around the URL is none of it
            found.append("url(" + text[start:end].partition("(")[2].rstrip(")").strip())
        elif kind == "string":  # an escaped newline continues the string
            joined = re.sub(r"\\(?:\r\n|[\n\r\f])", "", text[start:end])
            found.append(re.sub(r"\s", " ", joined))
        else:
            found.append(re.sub(r"\s", " ", text[start:end]))
    return found


def check_js(data: bytes) -> None:
    """Tokens are in order; references lie in the text; each step takes any script."""
    text = as_text(data)
    at = 0
    for kind, start, end in tokenize_js(text):
        assert at <= start < end <= len(text), (kind, start, end)
        gap = text[at:start].replace("\ufeff", "")
        assert not gap or gap.isspace(), gap
        at = end
    _check_rewriting(text, "text/javascript")
    try:
        minified = minify_js(text)
    except ValueError:
        minified = text
    map_minified(text, minified, "text/javascript", "a.js")
    part = Part(logical=LogicalPath("js/a.js"), text=text, source="a.js")
    try:
        join_js([part, part], output=LogicalPath("b.js"), wants_map=True)
    except AssetbuildError:
        return


def check_markup(data: bytes) -> None:
    """References of HTML and SVG lie in the text, and rewriting keeps the rest."""
    text = as_text(data)
    _check_rewriting(text, "text/html")
    _check_rewriting(text, "image/svg+xml")
    for parse in (lambda: parse_svg(data, file="a.svg"), lambda: minify_svg(text)):
        _try(parse)


def check_json(data: bytes) -> None:
    """References of web app manifests, in any text."""
    text = as_text(data)
    _check_rewriting(text, "application/manifest+json")
    _try(lambda: minify_json(text))


def check_source_map(data: bytes) -> None:
    """A map that is read is written and read again as the same; every place can be looked up."""
    try:
        one = parse_source_map(data)
    except ValueError:
        return
    again = parse_source_map(emit_source_map(one))
    strip = [list(line) for line in one.lines]
    while strip and not strip[-1]:
        strip.pop()
    kept = [list(line) for line in again.lines]
    assert strip in ([], kept)
    try:
        packed = pack_source_map(data)
    except ValueError as failure:
        assert "OverflowError" in str(failure)  # a number of more than 32 bits
        return
    for line, segments in enumerate(one.lines):
        for segment in segments:
            look_up(one, line, segment[0])
            assert packed.find(line, segment[0]) == one.find(line, segment[0])
    compose_maps(one, dict.fromkeys(one.sources, one))
    compose_maps(replace(one, verbatim=frozenset(one.sources)), dict.fromkeys(one.sources, packed))
    origin = OriginMap(data=data, place="a/b.map", location=Location(file="a/b.js"))
    chain_origins(one, dict.fromkeys(one.sources, open_origin(origin)))
    retarget_map(data, "b.js", "x", [Edit(0, 1, "yy")])


def check_mappings(data: bytes) -> None:
    """Mappings round-trip; shifting them by an edit of any text fails in no way."""
    head, _, tail = as_text(data).partition("\n")
    try:
        lines = decode_mappings(head)
    except ValueError:
        return
    stripped = decode_mappings(encode_mappings(lines))
    assert [one for one in stripped if one] == [one for one in lines if one]
    middle = len(tail) // 2
    for edit in (Edit(0, middle, "x"), Edit(middle, len(tail), "x\ny"), Edit(middle, middle, "")):
        decode_mappings(shift_mappings(head, tail, [edit]))


def check_scans(data: bytes) -> None:
    """What SCSS, Sass, LESS and Sprockets' directives load lies in the text."""
    text = as_text(data)
    for is_indented in (False, True):
        for sass in scan_sass(text, is_indented=is_indented):
            assert 0 <= sass.offset <= sass.offset + sass.length <= len(text)
    for less in scan_less(text):
        assert 0 <= less.offset <= less.offset + less.length <= len(text)
    for one in parse_directives(text):
        assert 0 <= one.start <= one.end <= len(text)


def _check_rewriting(text: str, media_type: str) -> None:
    found = find_references(text, media_type)
    at = 0
    for one in found:
        assert at <= one.start <= one.end <= len(text), (one, at)
        at = one.end
    if not found:
        return
    new, edits = rewrite_references(text, [(one, _NEW_URL) for one in found])
    assert len(edits) == len(found)
    old_at = new_at = 0
    for edit in edits:  # what lies between the edits stays as it is
        size = edit.start - old_at
        assert new[new_at : new_at + size] == text[old_at : edit.start]
        new_at += size + len(edit.text)
        old_at = edit.end
    assert new[new_at:] == text[old_at:]


def _try(parse: Callable[[], object]) -> None:
    with contextlib.suppress(AssetbuildError, ValueError):
        parse()


TARGETS = (
    Target(
        name="css",
        check=check_css,
        tests=(
            "tests/assets/syntax/test_css_references.py",
            "tests/assets/bundles/test_css.py",
            "tests/assets/minify/test_text.py",
        ),
        files=("fixtures/**/*.scss", "fixtures/**/*.less"),
        words=(
            *(
                "url(",
                "URL( '",
                "@import",
                "image-set(",
                "/*",
                "*/",
                "\\75 rl(",
                "AlphaImageLoader(",
            ),
            *(
                "src=",
                "@charset",
                "<!--",
                "-->",
                "layer(",
                "supports(",
                "sourceMappingURL=",
                "\\\n",
            ),
        ),
    ),
    Target(
        name="js",
        check=check_js,
        tests=(
            "tests/assets/syntax/test_js_references.py",
            "tests/assets/bundles/test_js.py",
            "tests/assets/minify/test_text.py",
        ),
        files=("fixtures/**/*.js", "fixtures/**/*.ts"),
        words=(
            *("import", "export", "from", "`${", "}`", "//", "/*", "*/", "/[/]/", "<!--", "-->"),
            *("new URL(", "import.meta.url", "#!", "'use strict'", "=>", "\\u{", "?.", "??="),
        ),
    ),
    Target(
        name="markup",
        check=check_markup,
        tests=(
            "tests/assets/syntax/test_html_references.py",
            "tests/assets/sprites/test_svg.py",
        ),
        files=("fixtures/**/*.svg", "examples/**/*.html"),
        words=(
            *("<img src=", "srcset=", "<style>", "</style", "<script>", "<!--", "-->", "<![CDATA["),
            *("]]>", "<?xml-stylesheet", "xlink:href", "&quot;", "<!DOCTYPE", "url(", "<svg "),
        ),
    ),
    Target(
        name="json",
        check=check_json,
        tests=("tests/assets/test_references.py",),
        files=("fixtures/**/*.webmanifest",),
        words=('{"icons":[{"src":"', '"file":"a"', '"shortcuts"', "\\u0041", "\\ud800", "[[", "}}"),
    ),
    Target(
        name="source_map",
        check=check_source_map,
        tests=("tests/assets/sourcemaps/test_maps.py",),
        words=(
            '{"version":3,"sources":["a","b"],"names":["n"],"mappings":"AAAA;AACAA,gBCAC"}',
            '{"version":3,"sections":[{"offset":{"line":0,"column":0},"map":'
            '{"version":3,"sources":["a"],"names":[],"mappings":"AAAA"}}]}',
            *('"sourceRoot":"x"', '"sourcesContent":["', ")]}'\n", "null", "-1", "1e9", "99999"),
        ),
    ),
    Target(
        name="mappings",
        check=check_mappings,
        tests=("tests/assets/sourcemaps/test_maps.py",),
        words=("AAAA;AACA,gBAAgB\nlet a\nlet b", "AAAAA", ";;;", "gggggggggB", "\U0001f600", "D"),
    ),
    Target(
        name="scans",
        check=check_scans,
        tests=(
            "tests/assets/languages/test_scans.py",
            "tests/assets/languages/test_scss.py",
            "tests/assets/bundles/test_directives.py",
        ),
        files=("fixtures/**/*.scss", "fixtures/**/*.less", "fixtures/**/*.coffee"),
        words=("@use", "@forward", "@import", "#{", "\\110000", "//= require", "@plugin", "url("),
    ),
)
