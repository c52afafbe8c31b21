"""Our JavaScript lexer and finder of references against parsers of others, on test262's programs.

acorn says where each string, template and regular expression begins and ends; es-module-lexer which
module a script names. The programs are made to confuse whoever guesses whether a slash divides.
"""

from __future__ import annotations

from collections.abc import Mapping

from assetbuild.assets.minify.js import minify_js
from assetbuild.assets.minify.text import minify_text
from assetbuild.assets.syntax.js_references import find_js_references
from assetbuild.assets.syntax.js_tokens import tokenize_js
from assetbuild.jsontype import Json
from benchmarks.registry import fetch_npm
from conformance.sources import run_node
from conformance.suite import Tally, utf16_places

TITLE = "JavaScript: tokens, references, minified"
SOURCE = "npm test262-parser-tests 0.0.5, acorn 8.15.0, es-module-lexer 1.7.0"
KNOWN: Mapping[str, str] = {}

_ASK = r"""
const fs = require("fs"), path = require("path");
const acorn = require(process.argv[1]);
const lexer = require(process.argv[2]);
const folder = process.argv[3];
lexer.init.then(() => {
  const all = {};
  for (const name of fs.readdirSync(folder).sort()) {
    const text = fs.readFileSync(path.join(folder, name), "utf8");
    const sourceType = name.endsWith(".module.js") ? "module" : "script";
    const tokens = [];
    try {
      acorn.parse(text, { ecmaVersion: "latest", sourceType, allowHashBang: true, onToken: (one) => {
        if (["string", "regexp", "num", "template"].includes(one.type.label))
          tokens.push([one.type.label, one.start, one.end]);
      } });
    } catch (failure) { all[name] = null; continue; }
    let imports = [];
    if (sourceType === "module") {
      imports = lexer.parse(text)[0].filter((one) => one.n !== undefined).map((one) => one.n);
    }
    all[name] = { text, tokens, imports };
  }
  process.stdout.write(JSON.stringify(all));
});
"""
_PARSES = r"""
const acorn = require(process.argv[1]);
const all = JSON.parse(require("fs").readFileSync(0, "utf8"));
const bad = {};
for (const [name, text] of Object.entries(all)) {
  const sourceType = name.endsWith(".module.js") ? "module" : "script";
  try { acorn.parse(text, { ecmaVersion: "latest", sourceType, allowHashBang: true }); }
  catch (failure) { bad[name] = String(failure); }
}
process.stdout.write(JSON.stringify(bad));
"""
_KINDS = {"string": "string", "regexp": "regex", "num": "number"}


def run(tally: Tally) -> None:
    """Try every program that must parse, twice as their authors wrote it."""
    programs = fetch_npm("test262-parser-tests", "0.0.5")
    acorn = str(fetch_npm("acorn", "8.15.0") / "dist/acorn.js")
    lexer = str(fetch_npm("es-module-lexer", "1.7.0") / "dist/lexer.cjs")
    for folder in ("pass", "pass-explicit"):
        answers = run_node(_ASK, acorn, lexer, str(programs / folder))
        minified: dict[str, Json] = {}
        for name, one in answers.items():
            if one is None:
                tally.skip("acorn refuses it: the language has changed since")
                continue
            case = f"{folder}/{name}"
            _check_tokens(tally, case, one["text"], one["tokens"])
            found = [ref.url for ref in find_js_references(one["text"]) if ref.kind != "new-url"]
            if name.endswith(".module.js"):
                detail = f"{found} for {one['imports']}"
                tally.check(f"{case} references", found == one["imports"], detail)
            try:
                minified[name] = minify_js(one["text"])
            except ValueError:
                tally.skip("the minifier leaves it as it is")
                refused = minify_text(one["text"], "text/javascript", name=name).refused
                tally.check(f"{folder}/{name} is no error", refused is None, "js/syntax")
        bad = run_node(_PARSES, acorn, given=minified)
        for name in minified:
            tally.check(f"{folder}/{name} minified", name not in bad, bad.get(name, ""))


def _check_tokens(tally: Tally, case: str, text: str, wanted: list[tuple[str, int, int]]) -> None:
    places = utf16_places(text)
    ours = [
        (kind, places[start], places[end])
        for kind, start, end in tokenize_js(text)
        if kind in _KINDS.values()
    ]
    theirs = [(_KINDS[kind], start, end) for kind, start, end in wanted if kind in _KINDS]
    tally.check(case, ours == theirs, f"{ours} for {theirs} of {text!r}"[:300])
