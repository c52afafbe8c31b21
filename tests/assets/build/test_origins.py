"""Maps that third-party files brought: what is published leads on to their own sources."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from assetbuild.assets.result import BuildResult
from assetbuild.assets.sourcemaps.compose import look_up
from assetbuild.assets.sourcemaps.model import parse_source_map
from assetbuild.assets.sourcemaps.vlq import Segment, encode_mappings
from tests.support.builds import build, output_of, told
from tests.support.engines import require_engine
from tests.support.tree import write_tree

ORIGINAL = 'export function greet(person) {\n  return window.hello("é 😀") + person.first;\n}\n'
GENERATED = """/* banner of the distribution */
(function () {
  function greet(person) {
    return window.hello("é 😀") + person.first;
  }
  window.greet = greet;
})();
"""
WORDS = ("greet", "window", "hello", "person", "first")
CSS_ORIGINAL = "$wide: 9px;\n.card {\n  .title { padding-left: $wide; }\n}\n"
CSS_GENERATED = ".card .title {\n  padding-left: 9px;\n}\n"


def make_map(generated: str, original: str, words: Sequence[str], **fields: object) -> str:
    """Return the map that joins the words of two texts, each where it first stands."""
    lines: list[list[Segment]] = [[] for _ in generated.split("\n")]
    for word in words:
        places = []
        for text in (generated, original):
            at = text.index(word)
            start = text.rfind("\n", 0, at) + 1
            places.append((text.count("\n", 0, at), len(text[start:at].encode("utf-16-le")) // 2))
        (line, column), origin = places
        lines[line].append((column, 0, *origin))
    document = {
        "version": 3,
        "sources": ["../src/lib.js"],
        "sourcesContent": [original],
        "names": [],
        "mappings": encode_mappings([sorted(one) for one in lines]),
    }
    return json.dumps({**document, **fields})


def library(folder: str = "assets/vendor/dist", **fields: object) -> dict[str, str | bytes]:
    return {
        f"{folder}/lib.js": GENERATED + "//# sourceMappingURL=lib.js.map\n",
        f"{folder}/lib.js.map": make_map(GENERATED, ORIGINAL, WORDS, **fields),
    }


def follow(result: BuildResult, logical: str, word: str) -> tuple[str, str]:
    """Return the source of a word of an output, and the text that its map embeds from there on."""
    text = output_of(result, logical).decode()
    (line, at) = next(
        (row, one.index(word)) for row, one in enumerate(text.split("\n")) if word in one
    )
    column = len(text.split("\n")[line][:at].encode("utf-16-le")) // 2
    source_map = parse_source_map(output_of(result, logical + ".map"))
    place = look_up(source_map, line, column)
    assert place is not None, (logical, word)
    content = source_map.contents[source_map.sources.index(place.source)]
    if content is None:
        return place.source, ""
    units = content.split("\n")[place.line].encode("utf-16-le")
    return place.source, units[2 * place.column :].decode("utf-16-le")[: len(word)]


def test_the_map_of_a_minified_file_ends_at_the_third_partys_sources(tmp_path: Path) -> None:
    result = build(tmp_path, library())
    assert result.diagnostics == ()
    for word in ("window", "hello", "first"):
        assert follow(result, "vendor/dist/lib.js", word) == ("assets/vendor/src/lib.js", word)
    published = json.loads(output_of(result, "vendor/dist/lib.js.map"))
    assert published["sources"] == ["assets/vendor/src/lib.js"]


BUNDLE = '[[bundle]]\nname = "all.js"\nfiles = ["js/app.js", "vendor/dist/lib.js"]\n'
APP = {"assets/js/app.js": "window.started = function (event) { return event.target };\n"}


@pytest.mark.parametrize("minify", ["true", "false"])
def test_the_map_of_a_bundle_leads_to_own_and_third_party_sources(
    tmp_path: Path, minify: str
) -> None:
    rule = f'[[rule]]\nglob = "all.js"\nminify = {minify}\n'
    result = build(tmp_path, {**library(), **APP, "assetbuild.toml": BUNDLE + rule})
    assert result.diagnostics == ()
    for word in ("hello", "first"):
        assert follow(result, "all.js", word) == ("assets/vendor/src/lib.js", word)
    source, text = follow(result, "all.js", "target")
    # unminified, lines are enough; minified, several of them are in one
    assert (source, text) == ("assets/js/app.js", "target" if minify == "true" else "window")


def test_an_error_in_a_bundled_third_party_file_is_placed_in_that_file(tmp_path: Path) -> None:
    css = CSS_GENERATED.replace("9px", "9px; background: url(nope.png)")
    files = {
        "assetbuild.toml": '[[bundle]]\nname = "all.css"\nfiles = ["v/lib.css"]\n'
        '[[rule]]\nglob = "**"\nmissing = "warn"\n',
        "assets/v/lib.css": css + "/*# sourceMappingURL=lib.css.map */\n",
        "assets/v/lib.css.map": make_map(css, CSS_ORIGINAL, [".title", "padding"]),
    }
    result = build(tmp_path, files)
    assert set(told(result.diagnostics)) == {("css/unresolved-url", "assets/v/lib.css:2:38")}
    for logical in ("all.css", "v/lib.css"):
        assert follow(result, logical, "padding") == ("assets/src/lib.js", "padding")


def test_an_imported_file_of_a_package_leads_on_too(tmp_path: Path) -> None:
    folder = "node_modules/@shop/cards"
    files = {
        "assets/app.scss": '@import "@shop/cards/dist/lib";\n.own { margin: 0 }\n',
        f"{folder}/dist/lib.css": CSS_GENERATED + "/*# sourceMappingURL=maps/lib.css.map */\n",
        f"{folder}/dist/maps/lib.css.map": make_map(
            CSS_GENERATED, CSS_ORIGINAL, [".title", "padding"], sources=["../../scss/lib.scss"]
        ),
    }
    result = build(tmp_path, files)
    assert follow(result, "app.css", "padding") == ("pkg:@shop/cards/scss/lib.scss", "padding")
    assert follow(result, "app.css", "margin") == ("assets/app.scss", "margin")


def test_a_data_uri_and_an_index_map_lead_on(tmp_path: Path) -> None:
    whole = {"offset": {"line": 0, "column": 0}, "map": json.loads(library_map())}
    index = json.dumps({"version": 3, "sections": [whole]})
    inline = base64.b64encode(library_map().encode()).decode()
    url = f"data:application/json;charset=utf-8;base64,{inline}"
    files = {
        "assets/a/lib.js": GENERATED + "//# sourceMappingURL=lib.js.map\n",
        "assets/a/lib.js.map": index,
        "assets/b/lib.js": GENERATED + f"//# sourceMappingURL={url}\n",
    }
    result = build(tmp_path, files)
    assert result.diagnostics == ()
    assert follow(result, "a/lib.js", "hello") == ("assets/src/lib.js", "hello")
    assert follow(result, "b/lib.js", "hello") == ("assets/src/lib.js", "hello")


def library_map() -> str:
    return str(library()["assets/vendor/dist/lib.js.map"])


def test_two_libraries_with_one_source_name_stay_apart(tmp_path: Path) -> None:
    other = ORIGINAL.replace("hello", "howdy")
    generated = GENERATED.replace("hello", "howdy")
    words = [one.replace("hello", "howdy") for one in WORDS]
    files = {
        "assetbuild.toml": '[[bundle]]\nname = "all.js"\nfiles = ["v/lib.js", "v/other.js"]\n',
        **library("assets/v"),
        "assets/v/other.js": generated + "//# sourceMappingURL=other.js.map\n",
        "assets/v/other.js.map": make_map(generated, other, words),
    }
    result = build(tmp_path, files)
    assert follow(result, "all.js", "hello") == ("assets/src/lib.js", "hello")
    assert follow(result, "all.js", "howdy") == ("assets/src/lib.js?2", "howdy")


def test_paths_of_machines_do_not_pass(tmp_path: Path) -> None:
    sources = [
        "file:///home/bob/lib/src/a.js",
        "/home/bob/lib/src/deep/b.js",
        "../../../../../c.js",
    ]
    mappings = encode_mappings([[], [], [], [(11, 0, 0, 0), (18, 1, 0, 0), (24, 2, 0, 0)]])
    result = build(tmp_path, library(sources=sources, mappings=mappings))
    assert result.diagnostics == ()
    assert json.loads(output_of(result, "vendor/dist/lib.js.map"))["sources"] == [
        "assets/vendor/dist/a.js",
        "assets/vendor/dist/deep/b.js",
        "c.js",
    ]


def test_texts_that_a_map_lacks_are_read_where_they_are_public(tmp_path: Path) -> None:
    folder = "node_modules/lib"
    files = {
        ".env": "SECRET=1\n",
        f"{folder}/dist/lib.css": CSS_GENERATED + "/*# sourceMappingURL=lib.css.map */\n",
        f"{folder}/scss/lib.scss": CSS_ORIGINAL,
        "assets/app.scss": '@import "lib/dist/lib";\n',
    }
    for source, text in (("../scss/lib.scss", "padding"), ("../../../.env", "")):
        document = json.loads(make_map(CSS_GENERATED, CSS_ORIGINAL, ["padding"], sources=[source]))
        del document["sourcesContent"]
        files[f"{folder}/dist/lib.css.map"] = json.dumps(document)
        result = build(tmp_path, files)
        assert follow(result, "app.css", "padding")[1] == text
        assert b"SECRET" not in output_of(result, "app.css.map")


MISSING = (
    "source-map/missing",
    'the source map "lib.js.map" is not there; the comment that names it was left out',
)


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        (None, *MISSING),
        (
            "nonsense",
            "source-map/broken",
            'the source map of "assets/lib.js" cannot be read: it is not JSON (Expecting value: '
            "line 1 column 1 (char 0)); the published map ends at that file",
        ),
        (
            '{"version": 3, "sections": [{"offset": {"line": 0, "column": 0}, "url": "x.map"}]}',
            "source-map/broken",
            'the source map of "assets/lib.js" cannot be read: a section names a map in another '
            "file; the published map ends at that file",
        ),
        (
            '{"version": 3, "sources": []}',
            "source-map/broken",
            "the source map of \"assets/lib.js\" cannot be read: it has no 'mappings'; "
            "the published map ends at that file",
        ),
        (
            " " * 16_000_001,
            "source-map/too-large",
            'the source map "lib.js.map" has over 16 MB; the published map ends at "assets/lib.js"',
        ),
    ],
)
def test_a_map_that_cannot_be_followed_is_a_warning(
    tmp_path: Path, data: str | None, code: str, message: str
) -> None:
    files = library("assets")
    del files["assets/lib.js.map"]
    if data is not None:
        files["assets/lib.js.map"] = data
    result = build(tmp_path, files)
    assert [(one.code, one.message) for one in result.diagnostics] == [(code, message)]
    assert told(result.diagnostics) == [(code, "assets/lib.js:8:22")]
    assert follow(result, "lib.js", "hello") == ("assets/lib.js", "hello")
    assert output_of(result, "lib.js").count(b"sourceMappingURL") == 1


def test_a_map_outside_of_project_or_package_is_not_read(tmp_path: Path) -> None:
    # a package could publish what another app's map holds, or this app's
    files = {
        "app/assets/a.js": GENERATED + "//# sourceMappingURL=../../other.map\n",
        "app/assets/b.scss": '@import "lib/a";\n',
        "app/node_modules/lib/a.css": CSS_GENERATED + "/*# sourceMappingURL=../../own.map */\n",
        "other.map": library_map(),
        "app/own.map": make_map(CSS_GENERATED, CSS_ORIGINAL, ["padding"]),
    }
    write_tree(tmp_path, files)
    result = build(tmp_path / "app")
    assert {code for code, _ in told(result.diagnostics)} == {"source-map/missing"}
    assert follow(result, "a.js", "hello")[0] == "assets/a.js"
    assert follow(result, "b.css", "padding")[0] == "pkg:lib/a.css"


@pytest.mark.parametrize("is_bundled", [False, True])
def test_the_map_is_an_input_and_so_is_its_absence(tmp_path: Path, *, is_bundled: bool) -> None:
    files = library()
    if is_bundled:
        files["assetbuild.toml"] = BUNDLE.replace('"js/app.js", ', "")
    name = "all.js" if is_bundled else "vendor/dist/lib.js"
    path = tmp_path / "assets/vendor/dist/lib.js.map"
    first = build(tmp_path, files)
    assert follow(first, name, "hello")[0] == "assets/vendor/src/lib.js"
    moved = build(tmp_path, library(sources=["../moved/lib.js"]))
    assert follow(moved, name, "hello")[0] == "assets/vendor/moved/lib.js"
    path.unlink()
    assert follow(build(tmp_path), name, "hello")[0] == "assets/vendor/dist/lib.js"
    write_tree(tmp_path, library())
    assert build(tmp_path).manifest == first.manifest


@pytest.mark.parametrize("file", [',"file":"lib.min.css"', ""])
def test_files_that_are_left_as_they_are_keep_their_map(tmp_path: Path, file: str) -> None:
    text = ".a{background:url(a.svg)}.b{color:red}"
    mappings = encode_mappings(
        [[(text.index(one), 0, row, 0) for row, one in enumerate((".a", ".b", "color"))]]
    )
    names = '"names":["file","\\"file\\":\\"x\\""]'
    files = {
        "assets/lib.min.css": f"{text}\n/*# sourceMappingURL=lib.min.css.map */\n",
        "assets/lib.min.css.map": f'{{"version":3,"sources":["../a.scss"],{names},"mappings":"{mappings}"{file}}}\n',
        "assets/a.svg": "<svg/>",
    }
    result = build(tmp_path, files)
    entries = {str(name): one.hashed for name, one in result.manifest.entries.items()}
    published = json.loads(output_of(result, "lib.min.css.map"))
    assert published["sources"] == ["../a.scss"]
    assert published["names"] == ["file", '"file":"x"']
    assert published["file"] == entries["lib.min.css"]
    text = output_of(result, "lib.min.css").decode()
    assert text.endswith(f"/*# sourceMappingURL={entries['lib.min.css.map']} */\n")
    source_map = parse_source_map(json.dumps(published))
    for row, one in enumerate((".a", ".b", "color")):
        # the hashed name is longer: what stands after it has moved
        assert source_map.lines[0][row] == (text.index(one), 0, row, 0)


_DECODE = """
const {SourceMap} = require('module');
const fs = require('fs');
const [text, map, ...words] = process.argv.slice(1);
const decoder = new SourceMap(JSON.parse(fs.readFileSync(map)));
const lines = fs.readFileSync(text, 'utf8').split('\\n');
console.log(JSON.stringify(words.map(word => {
  const row = lines.findIndex(one => one.includes(word));
  const {originalSource, originalLine, originalColumn} = decoder.findEntry(row, lines[row].indexOf(word));
  const at = decoder.payload.sources.indexOf(originalSource);
  const line = decoder.payload.sourcesContent[at].split('\\n')[originalLine];
  return [originalSource, line.slice(originalColumn, originalColumn + word.length)];
})));
"""


def test_nodes_decoder_finds_the_same_places(tmp_path: Path) -> None:
    require_engine("node")
    result = build(tmp_path, {**library(), **APP, "assetbuild.toml": BUNDLE})
    entries = {
        str(name): result.output / one.hashed for name, one in result.manifest.entries.items()
    }
    words = ["target", "started", "window.hello", "hello", "first"]
    done = subprocess.run(
        ["node", "-e", _DECODE, str(entries["all.js"]), str(entries["all.js.map"]), *words],
        capture_output=True,
        text=True,
        check=True,
    )
    own, theirs = "assets/js/app.js", "assets/vendor/src/lib.js"
    places = zip([own, own, theirs, theirs, theirs], words, strict=True)
    assert json.loads(done.stdout) == [list(one) for one in places]
    assert re.search(rb"sourceMappingURL=all\.[0-9a-f]{12}\.js\.map", output_of(result, "all.js"))
