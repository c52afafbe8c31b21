"""CoffeeScript 1 and 2 on each engine: the same bytes, the same diagnostics."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from assetbuild.assets.model import ToolDep
from assetbuild.assets.tools.model import Tool
from tests.support.compiling import compile_file, errors_of, make_request
from tests.support.tree import write_tree

pytestmark = pytest.mark.network

SOURCE = "square = (x) -> x * x\nclass A extends B\n  say: => @name ? 'no'\n"


@pytest.mark.parametrize("version", ["1", "2"])
def test_output_is_the_same_on_every_engine(
    tmp_path: Path, tools: Mapping[str, Tool], engine: str, version: str
) -> None:
    write_tree(tmp_path, {"assets/a.coffee": SOURCE})
    options = {"version": version}
    made = compile_file(
        make_request(tmp_path, "a.coffee", options=options, tools=tools, engine=engine)
    )
    other = compile_file(make_request(tmp_path, "a.coffee", options=options, tools=tools))
    assert made == other
    assert made.logical == "a.js"
    text = made.content.decode()
    assert ("class A extends" in text) == (version == "2")
    assert "return x * x" in text
    tool = tools["coffeescript-1" if version == "1" else "coffeescript"]
    assert made.deps == (ToolDep(tool.name, tool.version),)
    assert made.source_map is not None
    document = json.loads(made.source_map)
    assert (document["file"], document["sources"]) == ("a.js", ["assets/a.coffee"])
    assert document["sourcesContent"] == [SOURCE]


@pytest.mark.parametrize("version", ["1", "2"])
def test_syntax_error_is_at_its_place(
    tmp_path: Path, tools: Mapping[str, Tool], engine: str, version: str
) -> None:
    write_tree(tmp_path, {"assets/a.coffee": "y = 2\nx = (\n  y ->\n"})
    request = make_request(
        tmp_path, "a.coffee", options={"version": version}, tools=tools, engine=engine
    )
    assert errors_of(request) == [
        "coffee/syntax: missing )\n  assets/a.coffee:2:5\n    x = (\n        ^"
    ]


def test_literate_and_sprockets_names(tmp_path: Path, tools: Mapping[str, Tool]) -> None:
    write_tree(
        tmp_path,
        {"assets/a.coffee.md": "Text.\n\n    x = 1\n", "assets/b.js.coffee": "x = 1\n"},
    )
    literate = compile_file(make_request(tmp_path, "a.coffee.md", tools=tools))
    assert (literate.logical, b"x = 1;" in literate.content) == ("a.js", True)
    assert compile_file(make_request(tmp_path, "b.js.coffee", tools=tools)).logical == "b.js"


def test_bare_leaves_the_wrapper_out(tmp_path: Path, tools: Mapping[str, Tool]) -> None:
    write_tree(tmp_path, {"assets/a.coffee": "x = 1\n"})
    request = make_request(tmp_path, "a.coffee", options={"bare": True}, tools=tools)
    assert compile_file(request).content == b"var x;\n\nx = 1;\n"
