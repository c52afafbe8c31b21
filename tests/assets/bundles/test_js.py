"""Joined scripts do what each did alone: they are run."""

from __future__ import annotations

import pytest

from assetbuild.assets.bundles.js import join_js
from assetbuild.assets.bundles.part import Part
from assetbuild.assets.minify.js import minify_js
from assetbuild.assets.sourcemaps.compose import Place, look_up
from assetbuild.diagnostics import AssetbuildError
from assetbuild.paths import LogicalPath as P
from tests.support.javascript import evaluate


def parts(*texts: str) -> list[Part]:
    return [
        Part(logical=P(f"js/{at}.js"), text=text, source=f"js/{at}.js")
        for at, text in enumerate(texts)
    ]


def join(*texts: str) -> str:
    return join_js(parts(*texts), output=P("js/all.js")).text


CASES: dict[str, tuple[list[str], str, object]] = {
    "no semicolon before a parenthesis": (
        ["var a = function () { return 1 }", "(function () { b = typeof a })(); var b"],
        "[typeof a, b]",
        ["function", "function"],
    ),
    "line comment at the end": (["var a = 1 // one", "var b = 2"], "[a, b]", [1, 2]),
    "map comment at the end": (
        ["var a = 1\n//# sourceMappingURL=a.js.map", "var b = 2 /*# sourceMappingURL=b.map */"],
        "[a, b]",
        [1, 2],
    ),
    "byte order marks": (["\ufeffvar a = 1", "\ufeffvar b = 2"], "[a, b]", [1, 2]),
    "hashbangs": (["#!/usr/bin/env node\nvar a = 1", "#!/bin/x\nvar b = 2"], "[a, b]", [1, 2]),
    "functions are hoisted within the bundle": (
        ["var a = typeof b", "function b() {}"],
        "a",
        "function",
    ),
    "strictness of the first does not leak": (
        ['"use strict"; var a = 1', "leaked = 2; var b = (function () { return typeof this })()"],
        "[a, leaked, b]",
        [1, 2, "object"],
    ),
    "strictness after a comment does not leak": (
        ["/* x */ 'use strict'\nvar a = 1", "leaked = 2"],
        "leaked",
        2,
    ),
    "strictness of a hashbang file does not leak": (
        ['#!/x\n"use strict"; var a = 1', "leaked = 2"],
        "leaked",
        2,
    ),
    "a string that is no directive": (["'use strict' + ''; leaked = 1", "var a"], "leaked", 1),
    "html comment at the end": (["var a = 1\n--> end", "var b = 2"], "[a, b]", [1, 2]),
    "empty": (["", "var a = 1", ""], "a", 1),
}


@pytest.mark.parametrize("name", CASES)
def test_joined_scripts_work_and_so_they_do_minified(name: str) -> None:
    texts, result, expected = CASES[name]
    assert evaluate(join(*texts), result) == expected
    assert evaluate(minify_js(join(*texts)), result) == expected


def test_a_bundle_of_strict_scripts_is_strict() -> None:
    code = join(
        '"use strict"; globalThis.a = 1',
        "'use strict'; globalThis.b = (function () { return this === undefined })()",
    )
    assert evaluate(code, "[a, b]") == [1, True]


def test_relative_urls_start_in_the_new_folder() -> None:
    part = Part(logical=P("lib/x/a.js"), text='import("./b.js"); import("react")', source="a")
    found = join_js([part], output=P("js/all.js"))
    assert found.text == 'import("../lib/x/b.js"); import("react")\n;\n'


@pytest.mark.parametrize(
    "text",
    [
        'import a from "./a.js"',
        "export default 1",
        "export {a}",
        'import "./a.js"',
        "var a\nexport var b",
    ],
)
def test_a_module_cannot_be_joined(text: str) -> None:
    with pytest.raises(AssetbuildError) as caught:
        join("var a", text)
    (item,) = caught.value.diagnostics
    assert item.code == "bundle/es-module"
    assert item.location is not None
    assert item.location.file == "js/1.js"


@pytest.mark.parametrize(
    "text",
    [
        'import("./a.js")',
        "a.export = 1",
        "var o = {import: 1, export: 2}",
        "if (a) { a.import() }",
        "// export default",
        "a.export",
        "var a // import x",
    ],
)
def test_what_only_looks_like_a_module_can(text: str) -> None:
    assert text in join(text)


def test_the_map_leads_to_each_part() -> None:
    found = join_js(
        parts('"use strict"\nvar a', "var b\nvar c"), output=P("js/all.js"), wants_map=True
    )
    assert found.source_map is not None
    row = found.text.split("\n").index("var c")
    assert look_up(found.source_map, row, 0) == Place("js/1.js", 1, 0, None)
