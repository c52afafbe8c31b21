"""TypeScript, TSX, JSX and down-levelled JavaScript on each engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from assetbuild.assets.languages.registry import find_language
from assetbuild.assets.tools.model import Tool
from tests.support.builds import build, output_of
from tests.support.compiling import compile_file, errors_of, make_request
from tests.support.tree import write_tree

pytestmark = pytest.mark.network


def test_output_is_the_same_on_every_engine(
    tmp_path: Path, tools: Mapping[str, Tool], engine: str
) -> None:
    source = "import type { T } from './t';\nenum E { A }\nexport const x: T = E.A ?? 1;\n"
    write_tree(tmp_path, {"assets/a.ts": source})
    made = compile_file(make_request(tmp_path, "a.ts", tools=tools, engine=engine))
    assert made == compile_file(make_request(tmp_path, "a.ts", tools=tools))
    text = made.content.decode()
    assert "export const x = " in text
    assert "import" not in text
    assert "??" not in text
    assert "sourceMappingURL" not in text
    assert made.source_map is not None
    document = json.loads(made.source_map)
    assert (document["sources"], document["sourcesContent"]) == (["assets/a.ts"], [source])


def test_all_syntax_errors_are_errors(
    tmp_path: Path, tools: Mapping[str, Tool], engine: str
) -> None:
    write_tree(tmp_path, {"assets/a.ts": "let x: = '\U0001f600';\n'\U0001f600', foo(;\n"})
    assert errors_of(make_request(tmp_path, "a.ts", tools=tools, engine=engine)) == [
        "typescript/syntax: TS1110: Type expected.\n"
        "  assets/a.ts:1:8\n"
        "    let x: = '\U0001f600';\n"
        "           ^",
        "typescript/syntax: TS1005: ')' expected.\n"
        "  assets/a.ts:2:10\n"
        "    '\U0001f600', foo(;\n"
        "             ^",
    ]


def test_commonjs_that_would_vanish_is_an_error(
    tmp_path: Path, tools: Mapping[str, Tool], engine: str
) -> None:
    source = 'export const a = 1;\nimport fs = require("fs");\nimport type t = require("t");\n'
    source += 'import U = A.B;\ndeclare module "x" { const y: 1; export = y; }\nexport = fs;\n'
    write_tree(tmp_path, {"assets/a.ts": source})
    assert errors_of(make_request(tmp_path, "a.ts", tools=tools, engine=engine)) == [
        "typescript/syntax: TS1202: an ES module cannot import by require(): "
        'write import * as fs from "…"\n'
        '  assets/a.ts:2:1\n    import fs = require("fs");\n    ^^^^^^^^^^^^^^^^^^^^^^^^^^',
        "typescript/syntax: TS1203: an ES module has no export =: write export default\n"
        "  assets/a.ts:6:1\n    export = fs;\n    ^^^^^^^^^^^^",
    ]


def test_a_decorated_parameter_that_would_lose_it_is_an_error(
    tmp_path: Path, tools: Mapping[str, Tool]
) -> None:
    source = "class A {\n  constructor(private x: B, @inject(C) private c: C) {}\n}\n"
    write_tree(tmp_path, {"assets/a.ts": source + 'f("a", "@b"); // (@c\n'})
    assert errors_of(make_request(tmp_path, "a.ts", tools=tools)) == [
        "typescript/syntax: TS1206: only the decorators of old decorate parameters: "
        "set experimental-decorators = true in [language.typescript]\n"
        "  assets/a.ts:2:29\n    "
        "  constructor(private x: B, @inject(C) private c: C) {}\n"
        "                                ^^^^^^^^^^"
    ]
    options = {"experimental-decorators": True}
    made = compile_file(make_request(tmp_path, "a.ts", options={**options}, tools=tools))
    assert b"__param(1, inject(C))" in made.content


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 'React.createElement("b", null, "x")'),
        ({"jsx-factory": "h"}, 'h("b", null, "x")'),
        ({"jsx": "automatic", "jsx-import-source": "preact"}, 'from "preact/jsx-runtime"'),
        ({"jsx": "preserve"}, "<b>x</b>"),
    ],
    ids=["react", "factory", "automatic", "preserve"],
)
@pytest.mark.parametrize("name", ["a.tsx", "a.jsx"])
def test_jsx(
    tmp_path: Path, tools: Mapping[str, Tool], name: str, options: dict[str, str], expected: str
) -> None:
    write_tree(tmp_path, {f"assets/{name}": "export const a = <b>x</b>;"})
    made = compile_file(make_request(tmp_path, name, options={**options}, tools=tools))
    assert made.logical == "a.js"
    assert expected in made.content.decode()


def test_javascript_is_down_levelled_only_on_request(
    tmp_path: Path, tools: Mapping[str, Tool]
) -> None:
    write_tree(tmp_path, {"assets/a.js": "const f = (x) => x ?? `${x}`;\n"})
    plain = make_request(tmp_path, "a.js")
    assert find_language("a.js").tool_names(plain) == ()
    assert compile_file(plain).content == b"const f = (x) => x ?? `${x}`;\n"
    made = compile_file(make_request(tmp_path, "a.js", options={"target": "es5"}, tools=tools))
    assert made.content.startswith(b"var f = function (x) {")


def test_declarations_are_partials() -> None:
    assert find_language("a.d.ts").is_partial("a.d.ts")
    assert not find_language("a.ts").is_partial("a.ts")


def test_kinds_of_modules_keep_their_endings_and_import_each_other(
    tmp_path: Path, tools: Mapping[str, Tool]
) -> None:
    files = {
        "assets/a.ts": 'import { b } from "./b.mts";\nimport { c } from "./c.mjs";\nb(c);\n',
        "assets/b.mts": "export const b = console.log;\n",
        "assets/c.mts": "export const c: number = 1;\n",
    }
    result = build(tmp_path / "app", files)
    assert [str(one) for one in result.manifest.entries if not one.endswith(".map")] == [
        "a.js",
        "b.mjs",
        "c.mjs",
    ]
    text = output_of(result, "a.js").decode()
    for name in ("b.mjs", "c.mjs"):
        hashed = next(one for one in result.manifest.entries.values() if one.logical == name).hashed
        assert f"./{hashed}" in text
