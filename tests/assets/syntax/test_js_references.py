"""Imports are found, and nothing that looks like one in strings, comments and regexes."""

from __future__ import annotations

import pytest

from assetbuild.assets.references import find_references, rewrite_references

CASES: dict[str, tuple[str, list[str]]] = {
    "default": ('import a from "./x.js"', ["./x.js"]),
    "side effect": ('import"./x.js";', ["./x.js"]),
    "names": ('import {a, b as c} from "./x.js"', ["./x.js"]),
    "name that is a string": ('import {"a b" as c} from "./x.js"', ["./x.js"]),
    "star": ("import * as a from './x.js'", ["./x.js"]),
    "default and names": ('import a,{b}from"./x.js"', ["./x.js"]),
    "attributes": ('import a from "./x.json" with {type: "json"}', ["./x.json"]),
    "import called from": ('import from from "./x.js"', ["./x.js"]),
    "names called from": ('import {from} from "./x.js"', ["./x.js"]),
    "comments inside": ('import/*a*/a/*b*/from/*c*/"./x.js"', ["./x.js"]),
    "over lines": ('import {\n  a,\n  b,\n} from "./x.js"', ["./x.js"]),
    "export names": ('export {a} from "./x.js"', ["./x.js"]),
    "export star": ('export*from"./x.js"', ["./x.js"]),
    "export star as": ('export * as a from "./x.js"', ["./x.js"]),
    "export without source": ('export {a}\nimport b from "./x.js"', ["./x.js"]),
    "export of a value": ('export const a = "./x.js"', []),
    "dynamic": ('import("./x.js").then(a)', ["./x.js"]),
    "dynamic with options": ('import("./x.json", {with: {type: "json"}})', ["./x.json"]),
    "dynamic template": ("import(`./x.js`)", ["./x.js"]),
    "dynamic with a substitution": ("import(`./${a}.js`)", []),
    "dynamic sum": ('import("./x" + a)', []),
    "in a template substitution": ('`${import("./x.js")}`', ["./x.js"]),
    "in template text": ('`import("./x.js")`; import("./y.js")', ["./y.js"]),
    "in a string": ("'import(\"./x.js\")'; import('./y.js')", ["./y.js"]),
    "in a comment": ('// import "./x.js"\nimport "./y.js"', ["./y.js"]),
    "in a regex": ('a = /import("x")[/"]/; import("./y.js")', ["./y.js"]),
    "after a division": ('a = b / c; import("./y.js"); d = e / f', ["./y.js"]),
    "property": ('a.import("./x.js")', []),
    "optional property": ('a?.import("./x.js")', []),
    "import.meta": ("import.meta.url", []),
    "new URL": ('new URL("./x.png", import.meta.url)', ["./x.png"]),
    "new URL with another base": ('new URL("./x.png", base)', []),
    "worker": (
        'new Worker(new URL("./w.js", import.meta.url), {type: "module"})',
        ["./w.js"],
    ),
    "escapes": ('import "./\\u0078\\x79.js"', ["./xy.js"]),
    "package": ('import "react"', ["react"]),
    "source map": ("a()\n//# sourceMappingURL=x.js.map\n", ["x.js.map"]),
    "source map, old mark": ("a()\n//@ sourceMappingURL=x.js.map", ["x.js.map"]),
    "source map in a block comment": ("a()\n/*# sourceMappingURL=x.js.map */\n", ["x.js.map"]),
    "source map after code": ("a() //# sourceMappingURL=x.js.map", ["x.js.map"]),
    "source map in the middle": ("//# sourceMappingURL=x.js.map\na()", []),
    "source map in a string": ("a('//# sourceMappingURL=x.js.map')", []),
    "source map in a template": ("a(`\n//# sourceMappingURL=x.js.map\n`)", []),
    "inline source map": ("a()\n//# sourceMappingURL=data:application/json;base64,AA", []),
}


@pytest.mark.parametrize("name", CASES)
def test_found(name: str) -> None:
    code, urls = CASES[name]
    assert [one.url for one in find_references(code, "text/javascript")] == urls


def test_a_replacement_keeps_the_quote_and_is_escaped() -> None:
    code = "import './a.js'; import(`./b.js`); import(\"./c.js\")"
    found = find_references(code, "text/javascript")
    new, _ = rewrite_references(code, [(one, "it's`${x}\"") for one in found])
    assert new == "import 'it\\'s`${x}\"'; import(`it's\\`\\${x}\"`); import(\"it's`${x}\\\"\")"


def test_references_far_apart_and_longer_than_what_is_held_are_found() -> None:
    filler = "a.b(1);" * 5_000  # 35,000 tokens
    names = ",".join(f"n{index}" for index in range(5_000))
    text = (
        f'import "./a.js";{filler}x = a\n.import("./no.js");{filler}'
        f'export{{{names}}}from"./b.js";{filler}new URL("./c.png", import.meta.url);'
        f"{filler}export {{}}\n/* x */\n//# sourceMappingURL=d.js.map\n/* end */"
    )
    found = [one.url for one in find_references(text, "text/javascript")]
    assert found == ["./a.js", "./b.js", "./c.png", "d.js.map"]
