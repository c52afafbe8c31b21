"""Places where a lexer that does not parse goes wrong (found in test262's programs)."""

from __future__ import annotations

import pytest

from assetbuild.assets.syntax.js_tokens import tokenize_js


@pytest.mark.parametrize(
    ("code", "tokens"),
    [
        ("price_9\u03369\u0336_89", ["word price_9\u03369\u0336_89"]),  # combining marks
        ("a\u00a0b\ufeffc\u2028d", ["word a", "word b", "word c", "word d"]),
        ("01.a", ["number 01", "punct .", "word a"]),
        ("09.5+08", ["number 09.5", "punct +", "number 08"]),
        (
            "return\n{}\n/foo/",
            ["word return", "punct {", "punct }", "regex /foo/"],
        ),
        (
            "return {}\n/foo/1",
            ["word return", "punct {", "punct }", "punct /", "word foo", "punct /", "number 1"],
        ),
    ],
)
def test_tokens(code: str, tokens: list[str]) -> None:
    assert [f"{kind} {code[start:end]}" for kind, start, end in tokenize_js(code)] == tokens
