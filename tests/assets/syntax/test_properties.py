"""What holds for every text that the lexers and finders of references read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetbuild.assets.bundles.directives import parse_directives
from assetbuild.assets.languages.less_scan import scan_less
from assetbuild.assets.languages.sass_messages import inspect_messages
from assetbuild.assets.languages.sass_scan import scan_sass
from assetbuild.assets.references import find_references, rewrite_references
from assetbuild.assets.syntax.css_tokens import tokenize_css
from assetbuild.assets.syntax.js_tokens import tokenize_js

JS_PIECES = st.sampled_from(
    [
        *(
            "import ",
            'from "./a.js";',
            "export ",
            "{",
            "}",
            "(",
            ")",
            "[",
            "]",
            "`",
            "${",
            "/",
            "//",
        ),
        *("/*", "*/", "\n", " ", "'", '"', "\\", "return", "x", "=>", "?", ":", "<!--", "-->", "#"),
        *("import(`./b.js`)", "new URL('c', import.meta.url)", "0.5", "\u0336", "\u2028", "yield"),
        *("class ", "function ", "async ", "await ", "++", "."),
    ]
)
MARKUP_PIECES = st.sampled_from(
    [
        *("<img src=", "a.png", '"', "'", ">", "<", "/", "=", " ", "<style>", "</style>", "url(b)"),
        *("<!--", "-->", "<script>", "</script", "srcset=", "a 1x, b 2x", "&quot;", "<![CDATA["),
        *("]]>", "<?xml-stylesheet href=", "?>", "<a href=", "xlink:href=", "<svg ", "style="),
    ]
)
CSS_PIECES = st.sampled_from(
    [
        *("url(", "URL(", "\\75 rl(", "u\\rl(", "myurl(", "#url("),
        *("'a.png'", "a.png", ")", "(", ";", "@import ", "@namespace "),
        *("image-set(", "src(", "type(", ",", "\\(", "é", "1x", "data:x"),
    ]
)
MEDIA_TYPES = st.sampled_from(
    ["text/css", "text/javascript", "text/html", "image/svg+xml", "application/manifest+json"]
)


@given(st.text() | st.lists(JS_PIECES, max_size=25).map("".join))
def test_javascript_tokens_leave_only_white_space(text: str) -> None:
    at = 0
    for _, start, end in tokenize_js(text):
        gap = text[at:start].replace("\ufeff", "")
        assert not gap or gap.isspace()
        assert start < end
        at = end
    rest = text[at:].replace("\ufeff", "")
    assert not rest or rest.isspace()


@given(st.lists(JS_PIECES | MARKUP_PIECES | CSS_PIECES, max_size=25).map("".join), MEDIA_TYPES)
def test_references_lie_in_the_text_and_nothing_else_is_rewritten(text: str, kind: str) -> None:
    found = find_references(text, kind)
    at = 0
    for one in found:
        assert at <= one.start <= one.end <= len(text)
        at = one.end
    new, edits = rewrite_references(text, [(one, "new name.png") for one in found])
    old_at = new_at = 0
    for edit in edits:
        size = edit.start - old_at
        assert new[new_at : new_at + size] == text[old_at : edit.start]
        new_at, old_at = new_at + size + len(edit.text), edit.end
    assert new[new_at:] == text[old_at:]


@given(
    st.sampled_from(["text/css", "text/javascript"]),
    st.text(min_size=1, max_size=12) | st.sampled_from(["#a", "data:,a", "\\", "a)b", "'\"`${"]),
)
def test_a_rewritten_reference_is_read_back(kind: str, url: str) -> None:
    text = 'a{b:url("x")}' if kind == "text/css" else 'import "x";'
    (found,) = find_references(text, kind)
    new, _ = rewrite_references(text, [(found, url)])
    read = [one.url for one in find_references(new, kind)]
    is_css = kind == "text/css"
    name = url.strip() if is_css else url
    names_none = name.lower().startswith("data:") or (is_css and name[:1] in {"", "#"})
    assert read == ([] if names_none else [name])


# each of these made some regular expression of the past look back from every place
PUMPED = [
    *(
        "a",
        "/",
        "\\",
        '"',
        "'",
        "`",
        "(",
        "{",
        "[",
        "<",
        "url(",
        "/*",
        "*/",
        "//",
        "${",
        "<!--",
        "&",
    ),
    *(
        "@import ",
        "@import 'a'",
        "@warn ",
        "#{",
        "a:b;",
        "a b",
        "image-set(",
        "src=",
        "<a ",
        "\n",
        "\r",
    ),
    *(
        "-",
        "--",
        "\\\n",
        "//= require a\n",
        "url(\\",
        "= ",
        "/* */",
        "a/**/",
        '"\\',
        "<![CDATA[",
        "]]>",
    ),
]


@pytest.mark.parametrize("piece", PUMPED)
def test_a_long_text_of_one_piece_is_read_in_one_pass(piece: str) -> None:
    text = piece * (40_000 // len(piece))  # with a second look at each place: minutes
    for _ in tokenize_css(text):
        pass
    tokenize_js(text)
    for kind in ("text/css", "text/javascript", "text/html", "image/svg+xml"):
        find_references(text, kind)
    for is_indented in (False, True):
        scan_sass(text, is_indented=is_indented)
    scan_less(text)
    parse_directives(text)
    inspect_messages(text, label=0)
