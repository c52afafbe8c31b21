"""Where the errors of LESS and Stylus are told, in the entry and in what it imports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from assetbuild.assets.tools.model import Tool
from tests.support.compiling import errors_of, make_request
from tests.support.tree import write_tree

pytestmark = pytest.mark.network

LOOKED = "hint: looked in the file's folder, the source roots, load-paths and node_modules"

# situation -> the files, of which the first is compiled, and all that is told
CASES: dict[str, tuple[dict[str, str | bytes], list[str]]] = {
    "LESS: in the entry": (
        {"a.less": ".a {\n  b: @nope;\n}\n"},
        [
            "less/compile: variable @nope is undefined\n"
            "  assets/a.less:2:6\n      b: @nope;\n         ^"
        ],
    ),
    "LESS: in an import": (
        {"a.less": '@import "e";', "e.less": "\n.a {\n  b: @nope;\n}\n"},
        [
            "less/compile: variable @nope is undefined\n"
            "  assets/e.less:3:6\n      b: @nope;\n         ^"
        ],
    ),
    "LESS: a block that never ends": (
        {"a.less": ".a {"},
        [
            "less/compile: Unrecognised input. Possibly missing something\n"
            "  assets/a.less:1:5\n    .a {\n        ^"
        ],
    ),
    "LESS: missing imports": (
        {"a.less": '@import "mixns";\n@import (reference) "gone.less";\n', "mixins.less": ""},
        [
            'import/not-found: cannot find "mixns" to import\n'
            '  assets/a.less:1:9\n    @import "mixns";\n            ^^^^^^^\n'
            '  hint: did you mean "mixins"?',
            'import/not-found: cannot find "gone.less" to import\n'
            '  assets/a.less:2:21\n    @import (reference) "gone.less";\n'
            f"                        ^^^^^^^^^^^\n  {LOOKED}",
        ],
    ),
    "LESS: a missing import of what a variable names": (
        {"a.less": '@n: "e";\n@import "@{n}";\n', "e.less": '.a{b:c}\n@import "gone";\n'},
        [
            'import/not-found: cannot find "gone" to import\n'
            f'  assets/e.less:2:9\n    @import "gone";\n            ^^^^^^\n  {LOOKED}'
        ],
    ),
    "LESS: no UTF-8 in what a variable names": (
        {"a.less": '@n: "e";\n@import "@{n}";\n', "e.less": b'.a{b:"\xe9"}'},
        [
            "language/not-utf8: the file is not UTF-8: byte 0xe9 at offset 6\n"
            '  assets/e.less:1:7\n    .a{b:"\ufffd"}\n          ^\n'
            "  hint: save the file as UTF-8, or say what it is in a [[rule]]: "
            'options = { encoding = "latin-1" }'
        ],
    ),
    "Stylus: in an import": (
        {"a.styl": "@import 'e'\n", "e.styl": "\n.a\n  width foo(\n"},
        ['stylus/compile: expected ")", got "outdent"\n  assets/e.styl:4:1\n\n    ^'],
    ),
    "Stylus: a missing import": (
        {"a.styl": "\n@import 'mixns'\n", "mixins.styl": ""},
        [
            'import/not-found: cannot find "mixns" to import\n'
            "  assets/a.styl:2:9\n    @import 'mixns'\n            ^\n"
            '  hint: did you mean "mixins"?'
        ],
    ),
    "Stylus: imports in a circle": (
        {"a.styl": "@import 'b'\n", "b.styl": "@import 'a'\n"},
        [
            "stylus/compile: import loop has been found\n"
            "  assets/a.styl:1:9\n    @import 'b'\n            ^"
        ],
    ),
}


@pytest.mark.parametrize("situation", CASES)
def test_an_error_is_told_at_its_place(
    tmp_path: Path, tools: Mapping[str, Tool], engine: str, situation: str
) -> None:
    files, told = CASES[situation]
    write_tree(tmp_path / "assets", files)
    request = make_request(tmp_path, next(iter(files)), tools=tools, engine=engine)
    assert errors_of(request) == told
