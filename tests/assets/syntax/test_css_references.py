"""The traps that regular expressions fall into, and the scanner held against the tokenizer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetbuild.assets.references import find_references, rewrite_references
from assetbuild.assets.syntax.css_references import find_css_references
from assetbuild.assets.syntax.css_tokens import tokenize_css, unescape_css
from assetbuild.assets.urls import is_local

# situation: (CSS, the local URLs in it, the CSS after each was replaced by "N.png")
TRAPS: dict[str, tuple[str, list[str], str]] = {
    "unquoted": ("a{b:url(x.png)}", ["x.png"], "a{b:url(N.png)}"),
    "double quotes": ('a{b:url("x.png")}', ["x.png"], 'a{b:url("N.png")}'),
    "single quotes": ("a{b:url('x.png')}", ["x.png"], "a{b:url('N.png')}"),
    "space inside": ("a{b:url( x.png\n)}", ["x.png"], "a{b:url( N.png\n)}"),
    "space around a string": ("a{b:url( 'x.png' )}", ["x.png"], "a{b:url( 'N.png' )}"),
    "upper case": ("a{b:URL(x.png)}", ["x.png"], "a{b:URL(N.png)}"),
    "in a comment": ("/* url(x.png) */a{}", [], "/* url(x.png) */a{}"),
    "comment with a quote": ("/* don't */a{b:url(x.png)}", ["x.png"], "/* don't */a{b:url(N.png)}"),
    "in a string": ('a{content:"url(x.png)"}', [], 'a{content:"url(x.png)"}'),
    "string with an escaped quote": (
        'a{content:"\\"url(x.png)"}b{c:url(y.png)}',
        ["y.png"],
        'a{content:"\\"url(x.png)"}b{c:url(N.png)}',
    ),
    "comment mark in a string": (
        'a{content:"/*"}b{c:url(x.png)}/**/',
        ["x.png"],
        'a{content:"/*"}b{c:url(N.png)}/**/',
    ),
    "data URI": (
        "a{b:url(data:image/png;base64,AA==)}",
        [],
        "a{b:url(data:image/png;base64,AA==)}",
    ),
    "url() in a data URI": (
        "a{b:url(\"data:image/svg+xml,<svg fill='url(x.svg)'/>\")}",
        [],
        "a{b:url(\"data:image/svg+xml,<svg fill='url(x.svg)'/>\")}",
    ),
    "fragment alone": ("a{b:url(#x)}", [], "a{b:url(#x)}"),
    "query and fragment": ("a{b:url(x.eot?#iefix)}", ["x.eot?#iefix"], "a{b:url(N.png)}"),
    "another host": ("a{b:url(//h/x.png)}", [], "a{b:url(//h/x.png)}"),
    "scheme": ("a{b:url(https://h/x.png)}", [], "a{b:url(https://h/x.png)}"),
    "name beginning with http": ("a{b:url(http-x.png)}", ["http-x.png"], "a{b:url(N.png)}"),
    "name beginning with data": ("a{b:url(data/x.png)}", ["data/x.png"], "a{b:url(N.png)}"),
    "escaped space": ("a{b:url(x\\ y.png)}", ["x y.png"], "a{b:url(N.png)}"),
    "escaped parenthesis": ("a{b:url(x\\(1\\).png)}", ["x(1).png"], "a{b:url(N.png)}"),
    "hex escape": ("a{b:url('\\78 y.png')}", ["xy.png"], "a{b:url('N.png')}"),
    "escaped name of the function": ("a{b:\\75 rl(x.png)}", ["x.png"], "a{b:\\75 rl(N.png)}"),
    "code point that a line's end ends": (
        "a{b:url('\\78\ny.png')}",
        ["xy.png"],
        "a{b:url('N.png')}",
    ),
    "escape that ends no name": ("a{b:a\\url(x.png)}", [], "a{b:a\\url(x.png)}"),
    "another function": ("a{b:my-url(x.png)}", [], "a{b:my-url(x.png)}"),
    "percent-encoded": ("a{b:url(x%20y.png)}", ["x%20y.png"], "a{b:url(N.png)}"),
    "non-ASCII": ("a{b:url(é.png)}", ["é.png"], "a{b:url(N.png)}"),
    "bad url": ("a{b:url(x y.png)}b{c:url(z.png)}", ["z.png"], "a{b:url(x y.png)}b{c:url(N.png)}"),
    "unclosed": ("a{b:url(x.png", ["x.png"], "a{b:url(N.png"),
    "import string": ("@import 'x.css';", ["x.css"], "@import 'N.png';"),
    "import url with conditions": (
        "@import url(x.css) layer(a) supports(display: grid) screen;",
        ["x.css"],
        "@import url(N.png) layer(a) supports(display: grid) screen;",
    ),
    "import after a comment": ('@IMPORT/**/"x.css"screen;', ["x.css"], '@IMPORT/**/"N.png"screen;'),
    "not an import": ("@important 'x.css';", [], "@important 'x.css';"),
    "namespace": (
        "@namespace svg url(x);a{b:url(y)}",
        ["y"],
        "@namespace svg url(x);a{b:url(N.png)}",
    ),
    "image-set with strings": (
        'a{b:image-set("x.png" 1x, url(y.png) 2x, "z.avif" type("image/avif"))}',
        ["x.png", "y.png", "z.avif"],
        'a{b:image-set("N.png" 1x, url(N.png) 2x, "N.png" type("image/avif"))}',
    ),
    "vendor image-set": (
        "a{b:-webkit-image-set(url('x.png') 1x)}",
        ["x.png"],
        "a{b:-webkit-image-set(url('N.png') 1x)}",
    ),
    "src()": ('a{b:src("x.png")}', ["x.png"], 'a{b:src("N.png")}'),
    "AlphaImageLoader": (
        "a{filter:progid:DXImageTransform.Microsoft.AlphaImageLoader(src='x.png',sizingMethod='s')}",
        ["x.png"],
        "a{filter:progid:DXImageTransform.Microsoft.AlphaImageLoader(src='N.png',sizingMethod='s')}",
    ),
    "AlphaImageLoader in a string": (
        "a{-ms-filter:\"progid:DXImageTransform.Microsoft.AlphaImageLoader(src='x.png')\"}",
        ["x.png"],
        "a{-ms-filter:\"progid:DXImageTransform.Microsoft.AlphaImageLoader(src='N.png')\"}",
    ),
    "custom property": (
        "a{--b:url(x.png);--c:'x.png'}",
        ["x.png"],
        "a{--b:url(N.png);--c:'x.png'}",
    ),
    "two in one declaration": (
        "a{src:url(x.eot)format('eot'),url(y.ttf)}",
        ["x.eot", "y.ttf"],
        "a{src:url(N.png)format('eot'),url(N.png)}",
    ),
    "source map": (
        "a{}/*# sourceMappingURL=x.map */",
        ["x.map"],
        "a{}/*# sourceMappingURL=N.png */",
    ),
    "source map in the middle": (
        "/*# sourceMappingURL=x.map */a{}",
        [],
        "/*# sourceMappingURL=x.map */a{}",
    ),
    "empty": ("a{b:url()}", [], "a{b:url()}"),
    "byte order mark": ("\ufeff@import 'x.css';", ["x.css"], "\ufeff@import 'N.png';"),
}


@pytest.mark.parametrize("name", TRAPS)
def test_trap(name: str) -> None:
    css, urls, rewritten = TRAPS[name]
    found = [one for one in find_references(css, "text/css") if is_local(one.url)]
    assert [one.url for one in found] == urls
    assert rewrite_references(css, [(one, "N.png") for one in found])[0] == rewritten


PIECES = r"""url( URL( \75rl( u\rl( myurl( #url( 'a.png' "b.png" a.png ) ( } { ; , @import @namespace
    /* */ \ \( \a ' " image-set( -webkit-image-set( src( type( x \n -- é 1x # @ data:x"""
pieces = st.sampled_from([*PIECES.split(), " ", "\n", "\t", "/* x */"])


@given(st.text() | st.lists(pieces).map("".join))
def test_tokens_concatenate_back_to_the_text(text: str) -> None:
    at = 0
    for _, start, end in tokenize_css(text):
        assert start == at < end
        at = end
    assert at == len(text)


def slow_urls(text: str) -> list[tuple[int, str]]:
    """Find url() by the tokenizer alone, in a text without @import and @namespace."""
    found: list[tuple[int, str]] = []
    tokens = list(tokenize_css(text))
    for index, (kind, start, end) in enumerate(tokens):
        if kind == "url":
            body = text[start:end].partition("(")[2]
            url = unescape_css(body.removesuffix(")").strip(" \t\n\r\f"))
            found.append((start, url))
        elif kind == "function" and unescape_css(text[start : end - 1]).lower() == "url":
            rest = [one for one in tokens[index + 1 :] if one[0] != "space"]
            if rest and rest[0][0] == "string":
                body = text[rest[0][1] : rest[0][2]]
                body = body[1:-1] if len(body) > 1 and body[-1] == body[0] else body[1:]
                found.append((rest[0][1], unescape_css(body).strip()))
    return [(at, url) for at, url in found if url and url[0] != "#" and url[:5] != "data:"]


PLAIN = r"""url( URL( \75rl( u\rl( myurl( #url( @url( 'a.png' "b.png" a.png ) ( } { ; , /* */ \ \( \a
    ' " x \n é 1x # a\ """
plain = st.sampled_from([*PLAIN.split(), " ", "\n", "/* x */"])


@given(st.lists(plain, max_size=12).map("".join))
def test_the_scanner_agrees_with_the_tokenizer(text: str) -> None:
    fast = [one.url for one in find_css_references(text)]
    assert fast == [url for _, url in slow_urls(text)]
