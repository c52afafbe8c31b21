"""Minified text means the same: scripts are run, style sheets compared token by token."""

from __future__ import annotations

import json
import re

import pytest

from assetbuild.assets.minify import alignment
from assetbuild.assets.minify import text as text_module
from assetbuild.assets.minify.js import minify_js
from assetbuild.assets.minify.text import can_minify, minify_text
from assetbuild.assets.sourcemaps.compose import look_up
from assetbuild.diagnostics import locate_offset
from tests.support.javascript import evaluate


def minify(text: str, media_type: str) -> str:
    done = minify_text(text, media_type, name="x")
    assert done.diagnostics == ()
    return done.text


SCRIPTS = {
    "nested templates": "var r = `a${`b${1 + 1}` + `c`}d`;",
    "regex after return": "var r = (function () { return /[/]\\/x/g.source })();",
    "regex with spaces in a generator": "function* g() { yield / a /.source }\nvar r = g().next().value;",
    "division after a parenthesis": "var a = 8, g = 2; var r = (a) / 2 / g;",
    "closing script tag": 'var r = "</script>" + "<!--";',
    "html comments": "<!-- hidden\nvar r = 1;\n--> hidden\n",
    "automatic semicolons": "var a = 1\nvar b = 2\nvar r = a\n++b\nr = [r, b]",
    "return before a newline": "function f() { return\n1 }\nvar r = typeof f();",
    "strict mode": '"use strict"; globalThis.r = (function () { return this === undefined })();',
    "line separators": 'var r = "\u2028".length;',
    "label": "var r = 0; outer: for (;;) { for (;;) { r++; if (r > 2) break outer; } }",
    "getter and computed key": 'var o = { get a() { return 1 }, ["b" + 1]: 2 }; var r = [o.a, o.b1];',
    "private name": "class A { #p = 3; get p() { return this.#p } }\nvar r = new A().p;",
    "number forms": "var r = [1_000, 0xff, 1e21, .5, 5., 0b11];",
    "null check": "var a = null; var r = a == null ? 'n' : a.b;",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_minified_script_does_the_same(name: str) -> None:
    code = SCRIPTS[name]
    assert evaluate(minify(code, "text/javascript"), "r") == evaluate(code, "r")


def test_a_result_may_be_longer_than_its_source() -> None:
    # each shorthand gets a key, and the library's buffer is as long as the source
    code = "function f({" + ",".join(f"a{at}" for at in range(90)) + "}){}"
    minified = minify_js(code)
    assert len(minified) > len(code) + 180
    assert evaluate(minified, "f.length") == 1


def test_a_hashbang_keeps_its_line() -> None:
    assert (
        minify("#!/usr/bin/env node\nlet  a = 1", "text/javascript")
        == "#!/usr/bin/env node\nlet a=1"
    )


def test_a_byte_order_mark_goes_and_a_licence_stays() -> None:
    code = "\ufeff/*! licence */\n// not this\nlet  a = 1\n"
    assert minify(code, "text/javascript") == "/*! licence */let a=1"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("export {};\n", "export{}"),  # what TypeScript makes of a file of types
        ("let a = 1;\nexport { /* none */ };\n", "let a=1;export{}"),
        ('export {} from "a"\nlet b = 1', 'import"a";let b=1;export{}'),
        ('let s = "export {}"', 'let s="export {}"'),
        ("let a = 1; export { a };", "let a=1;export{a}"),
    ],
)
def test_an_empty_export_is_kept(code: str, expected: str) -> None:
    assert minify(code, "text/javascript") == expected


def test_syntax_newer_than_the_source_is_not_written() -> None:
    code = "var a = b === null || b === undefined ? c : b; try { a() } catch (e) {}"
    found = minify(code, "text/javascript")
    assert "??" not in found
    assert "catch(" in found


# code -> what the warning says
LEFT = {
    ';"use strict"; var a; leaked = 1': "minifying would make the script strict",
    "(let[a]=b)": "a variable called let is indexed",
    # valid, and refused by the minifier: QuickJS reads the first four, the rest is known by name
    "a = 010 + 08": "legacy octal numbers are not supported in expression",
    "var await = 1": "unexpected await in binding",
    "if (a) function f() {}": "unexpected function in statement",
    "function f(a, a) {}": "identifier a has already been declared",
    "{ using one = open(); one.go() }": "it uses using declarations",
    "async function f() { await using one = open() }": "it uses using declarations",
    "class A { @seen get x() {} }": "it uses decorators",
    "export @seen class A {}": "it uses decorators",
    "@(seen()) class A {}": "it uses decorators",
    "class A { static accessor x = 1 }": "it uses auto-accessors",
    "class A { y = 1; accessor #x; }": "it uses auto-accessors",
    'import defer * as a from "./a.js"': "it uses deferred imports",
    'import source a from "./a.wasm"': "it uses source phase imports",
}


@pytest.mark.parametrize("code", LEFT)
def test_a_script_that_a_browser_may_read_is_left_with_a_warning(code: str) -> None:
    done = minify_text(code, "text/javascript", name="js/a.js")
    assert (done.text, done.refused) == (code, None)
    (found,) = done.diagnostics
    assert (found.code, found.is_error) == ("minify/failed", False)
    assert found.message == f'"js/a.js" was left unminified: {LEFT[code]}'


CURRENT = {
    'import a from "./a.json" with { type: "json" }; b(a)': 'import a from"./a.json"with{type:"json"};b(a)',
    'import "./a.css" /* x */ with\n{ // y\n "type": "css", };': 'import"./a.css"with{"type":"css",}',
    'import a from "./a.json" // {\nwith { type: "json" }; b(a)': 'import a from"./a.json"with{type:"json"};b(a)',
    "export { a } from './a.json' assert { type: 'json' }": "export{a}from'./a.json'assert{type:'json'}",
    'import("./a.json", { with: { type: "json" } })': 'import("./a.json",{with:{type:"json"}})',
    "a = /[\\p{L}--[a-z]]/v; b = /(?i:c)d/": "a=/[\\p{L}--[a-z]]/v,b=/(?i:c)d/",
    "class A { static { this.x = 1 } #p = 2; has(a) { return #p in a } }": "class A{static{this.x=1}#e=2;has(e){return#e in e}}",
    "const a = await b(); export default a": "const a=await b();export default a",
    "accessor = using; using = accessor in source; x.using ()": "accessor=using,using=accessor in source,x.using()",
    'a = "\0b\0" /* \0 */': 'a="\0b\0"',
    'a = "</script>" // end': 'a="<\\/script>"',
    "for (let [a, b] of c) d(a, b)": "for(let[e,t]of c)d(e,t)",
    'with (a) { b("x with {y}") }': 'with(a)b("x with {y}")',
}


@pytest.mark.parametrize("code", CURRENT)
def test_current_javascript_is_minified(code: str) -> None:
    done = minify_text(code, "text/javascript", name="js/a.js")
    assert (done.text, done.diagnostics) == (CURRENT[code], ())


@pytest.mark.parametrize("part", ['"//cdn.example/with/a.png",', " " * 30], ids=["urls", "space"])
def test_a_long_list_is_looked_through_once(part: str) -> None:
    """Looked through again from each address, or each space, it took minutes."""
    code = f"a=[{part * 20_000}1]"
    done = minify_text(code, "text/javascript", name="js/a.js")
    assert (done.text, done.diagnostics) == (code.replace(" ", ""), ())


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("function f( {", (1, 14)),
        ("let a\nlet b = = 1\n", (2, 9)),
        ("#!/usr/bin/env node\na = ;", (2, 5)),
        ("\ufeffa = ;", (1, 6)),
        ("a\r\nb = ;", (2, 5)),
        ('a = "\u2028"; b = ;', (1, 14)),
        ("a = '😀'; b = ;", (1, 14)),
        ("import a from 'a' with {\n type: 'json' }\nexport {}\nb = ;", (4, 5)),
        ("export {\n}\nb = ;", (3, 5)),
        ("if (a) {\n  b()\n\n", (2, 6)),
        ("a = 'b\n'", (1, 5)),
        ("return 1", (1, 1)),
        ("a = {{ b }};", (1, 6)),
    ],
)
def test_what_is_no_script_is_told_at_its_place(code: str, place: tuple[int, int]) -> None:
    done = minify_text(code, "text/javascript", name="js/a.js")
    assert (done.text, done.diagnostics) == (code, ())
    assert done.refused is not None
    found = locate_offset("js/a.js", code, done.refused.offset)
    assert (found.line, found.column) == place


STYLES = {
    "class that begins with url": (
        "a :not( .urlbox ) { b: counter( urlbox ) }",
        "a :not(.urlbox){b:counter(urlbox)}",
    ),
    "comment of two stars after a child combinator": ("a>/**\u00e9*/b { c: d }", "a>b{c:d}"),
    "escape that white space ends in a url": ("a { b: url(\\64 y.png) }", "a{b:url(\\64 y.png)}"),
    "escaped mark before a descendant": (
        ".flex\\! .a { b: c } .d\\: .e /**/ .f\\[ { g: h }",
        ".flex\\! .a{b:c}.d\\: .e .f\\[{g:h}",
    ),
    "class that begins with url, then beyond ASCII": (
        ":is(.url\u00e9) { b: c }",
        ":is(.url\u00e9){b:c}",
    ),
    "quoted url with spaces": ('a { b: url( "x  y.png" ) }', 'a{b:url("x  y.png")}'),
    "comment within a compound": ("a/* x */.b/**//**/[c]/**/:d { e: f }", "a.b[c]:d{e:f}"),
    "comment after a name beyond ASCII": (".\U0001f600/**/.b { c: d }", ".\U0001f600.b{c:d}"),
    "comment before a descendant": ("a /**/.b { c: d }", "a .b{c:d}"),
    "comment between values": ("a { b: 1px/**/2px }", "a{b:1px 2px}"),
    "calc keeps its spaces": ("a { b: calc( 1px + 2px ) }", "a{b:calc(1px + 2px)}"),
    "descendant pseudo": ("a :hover { b: c }", "a :hover{b:c}"),
    "media": (
        "@media screen and (min-width: 1px) { a { b: c } }",
        "@media screen and (min-width:1px){a{b:c}}",
    ),
    "licence": ("/*! x */ a { b: c } /* y */", "/*! x */a{b:c}"),
    "string": ('a { content: "  /* */ ; " }', 'a{content:"  /* */ ; "}'),
    "data URI": (
        "a { b: url(\"data:image/svg+xml,<svg xmlns='x' a='b  c'/>\") }",
        "a{b:url(\"data:image/svg+xml,<svg xmlns='x' a='b  c'/>\")}",
    ),
    "hack": ("html>/**/body { a: b }", "html>/**/body{a:b}"),
    "nesting": (".a { & .b { c: d } &:hover { e: f } }", ".a{& .b{c:d}&:hover{e:f}}"),
    "byte order mark": ("\ufeffa { b: c }", "a{b:c}"),
}


@pytest.mark.parametrize("name", STYLES)
def test_a_minified_style_sheet_means_the_same(name: str) -> None:
    text, expected = STYLES[name]
    assert minify(text, "text/css") == expected


def test_json_keeps_its_numbers_and_strings() -> None:
    text = '{\n  "a" : 1.0, "b": "x  \\u00e9 y",\t"c": [1e2, 10000000000000000000001]\n}\n'
    assert minify(text, "application/json") == (
        '{"a":1.0,"b":"x  \\u00e9 y","c":[1e2,10000000000000000000001]}'
    )


def test_json_that_is_none_is_left_with_a_warning() -> None:
    done = minify_text("{ a: 1 }", "application/json", name="a.json")
    assert (done.text, [one.code for one in done.diagnostics]) == ("{ a: 1 }", ["minify/failed"])
    where = done.diagnostics[0].location
    assert where is not None
    assert (where.line, where.column, where.line_text) == (1, 3, "{ a: 1 }")


def test_svg_shrinks_and_odd_svg_is_left() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg">\n  <!-- x -->\n  <path d="M 0 0 L 10 10"/>\n</svg>\n'
    assert minify(svg, "image/svg+xml") == (
        '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0 10 10"/></svg>'
    )
    for odd in ('<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;   </svg>', "<svg>   <not closed </svg>"):
        assert minify(odd, "image/svg+xml") == odd


def test_files_that_say_they_are_minified_and_maps_are_left() -> None:
    assert can_minify("text/css", "css/app.css")
    assert not can_minify("text/css", "css/app.min.css")
    assert not can_minify("text/javascript", "jquery-min.js")
    assert not can_minify("application/json", "app.css.map")
    assert not can_minify("image/png", "a.png")


def test_what_would_grow_is_left() -> None:
    done = minify_text("a", "text/javascript", name="x", wants_map=True)
    assert (done.text, done.source_map, done.diagnostics) == ("a", None, ())


CODE = """\
// a table of handlers, each throws in its own place
var handlers = {
  firstHandler: function (argument) {
    var localValue = argument + 1;
    if (localValue > 1) { return otherThing.firstProperty(localValue); }
    return true;
  },
  secondHandler: function (argument) {
    return "text é 😀" + argument.secondProperty;
  }
};
handlers.firstHandler(uniqueGlobal);
"""


@pytest.mark.parametrize(
    "name", ["firstProperty", "secondProperty", "otherThing", "uniqueGlobal", "secondHandler"]
)
def test_the_map_of_a_minified_script_leads_to_the_same_name(name: str) -> None:
    done = minify_text(CODE, "text/javascript", name="a.js", wants_map=True)
    assert done.source_map is not None
    before = done.text[: done.text.index(name)]
    column = len(before.rpartition("\n")[2].encode("utf-16-le")) // 2
    place = look_up(done.source_map, before.count("\n"), column)
    assert place is not None
    line = CODE.split("\n")[place.line].encode("utf-16-le")
    assert line[place.column * 2 :].decode("utf-16-le").startswith(name)


def test_the_map_knows_the_original_names_of_renamed_locals() -> None:
    done = minify_text(CODE, "text/javascript", name="a.js", wants_map=True)
    assert done.source_map is not None
    assert {"argument", "localValue"} <= {*done.source_map.names}


def test_the_map_of_a_minified_style_sheet_leads_to_the_same_token() -> None:
    css = "/* x */\n.one {\n  color: red;\n}\n.two { background: url( é.png ); margin: 0 }\n"
    done = minify_text(css, "text/css", name="a.css", wants_map=True)
    assert done.source_map is not None
    for word in ("one", "color", "red", "two", "margin", "background"):
        place = look_up(done.source_map, 0, done.text.index(word))
        assert place is not None
        assert word in css.split("\n")[place.line][place.column :][: len(word) + 1]


def test_json_is_not_mapped() -> None:
    done = minify_text(
        json.dumps({"a": [1]}, indent=4), "application/json", name="x", wants_map=True
    )
    assert done.source_map is None


def test_what_is_too_large_for_a_map_is_minified_without_and_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(text_module, "LARGEST_MAPPED", 10)
    made = minify_text("f(  1  );  g(  2  );\n", "text/javascript", name="a.js", wants_map=True)
    assert made.text == "f(1),g(2)"
    assert made.source_map is None
    assert [(one.code, one.message) for one in made.diagnostics] == [
        ("minify/no-map", '"a.js" has 21 characters and was minified without a source map')
    ]


def test_windows_map_a_long_script_as_one_whole_does() -> None:
    text = "".join(
        f'function setting{n}(value) {{ return store.get{n}("name{n}", value + {n}); }}\n'
        for n in range(400)
    )
    minified = minify_text(text, "text/javascript", name="a.js").text
    whole = {*alignment._align_js(text, minified, 10**9)}
    for window in (500, 3000):
        parts = [*alignment._align_js(text, minified, window)]
        assert [one[0] for one in parts] == sorted({one[0] for one in parts})
        assert len(whole & {*parts}) >= 0.98 * len(whole)
        for new, old, name in parts:
            word = re.match(r"\w+", text[old:])
            assert word is not None or text[old] in "\"'`"
            if name is None and word is not None:
                assert minified.startswith(word[0], new)
