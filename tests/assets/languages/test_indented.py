"""Errors of the indented syntax are at the line the user wrote."""

from __future__ import annotations

from pathlib import Path

from tests.support.compile_errors import errors_of
from tests.support.compiling import make_request
from tests.support.tree import write_tree


def test_error_in_an_indented_partial(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "assets/app.sass": "@import part\n",
            "assets/_part.sass": "// comment\n.a\n  b: c\n\n.d\n  e: $nope\n",
        },
    )
    (only,) = errors_of(make_request(tmp_path, "app.sass"))
    assert only.splitlines()[:2] == [
        'sass/compile: Undefined variable: "$nope"',
        "  assets/_part.sass:6:6",
    ]
