"""Compilers as apps bring them, at the ends of the versions that are driven: output and errors."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from assetbuild.assets.tools import store as store_module
from assetbuild.assets.tools.lock import PinnedPackage, PinnedTool, pinned_tools
from assetbuild.assets.tools.model import Tool
from assetbuild.assets.tools.store import open_tool_store
from assetbuild.jsontype import Json
from tests.support.compiling import compile_file, errors_of, make_request
from tests.support.tree import write_tree

pytestmark = pytest.mark.network

SOURCE_MAP = pinned_tools()["less"].packages[-1]
COFFEE = PinnedPackage(
    name="coffee-script",
    version="1.9.0",
    integrity="sha512-Kx4M9Z7kYAcrKGl7jgYrfLdtJUpGyQRtYrD8YO84MYb8z3f/H/W0NSk/v9lLB0HFlcja4OvjNd+afImgOukSnQ==",
)
LESS = PinnedPackage(
    name="less",
    version="4.9.1",
    integrity="sha512-orp15PfJvvNDIqJdVWzMI9Sjpjp3VTiw3sfvbB+67LlISTEn8uVT2EdYSuyl02BLvaftv6sdk9Umnxmm5rckmg==",
)
STYLUS = PinnedPackage(
    name="stylus",
    version="0.54.5",
    integrity="sha512-4Yzg9aqLf3f4sDvO3x+Fbp2V634j9ikFGCFokIPYi+7Y4IG/nxAiPUs95MRlo+lPdTsxAs9wCzEclmPccItISA==",
)


def fetch(monkeypatch: pytest.MonkeyPatch, name: str, *packages: PinnedPackage) -> dict[str, Tool]:
    """Return a compiler of another version, kept with the pinned ones."""
    pins = {name: PinnedTool(name=name, packages=packages)}
    monkeypatch.setattr(store_module, "pinned_tools", lambda: pins)
    return open_tool_store(dict(os.environ)).fetch_all(pins)


def test_the_newest_less_names_no_map_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = fetch(monkeypatch, "less", LESS, SOURCE_MAP)
    write_tree(tmp_path, {"assets/a.less": ".a{b:c}", "assets/b.less": ".a{"})
    made = compile_file(make_request(tmp_path, "a.less", tools=tools))
    assert (made.content, made.source_map is not None) == (b".a {\n  b: c;\n}\n", True)
    (told,) = errors_of(make_request(tmp_path, "b.less", tools=tools))
    assert told.startswith("less/compile: ")
    assert "assets/b.less:1:" in told


def test_an_old_coffeescript_takes_no_engine_for_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    tools = fetch(monkeypatch, "coffeescript-1", COFFEE)
    write_tree(tmp_path, {"assets/a.coffee": "x = 1\n", "assets/b.coffee": "x = (\n"})
    options: dict[str, Json] = {"version": "1", "bare": True}
    request = make_request(tmp_path, "a.coffee", tools=tools, options=options, engine=engine)
    assert compile_file(request).content == b"var x;\n\nx = 1;\n"
    request = make_request(tmp_path, "b.coffee", tools=tools, options=options, engine=engine)
    assert errors_of(request) == [
        "coffee/syntax: missing )\n  assets/b.coffee:1:5\n    x = (\n        ^"
    ]


def test_an_old_stylus_finds_its_own_functions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    tools = fetch(monkeypatch, "stylus", STYLUS, SOURCE_MAP)
    write_tree(
        tmp_path,
        {
            "assets/a.styl": "@import 'b'\n.a\n  c darken(red, 50%)\n",
            "assets/b.styl": ".b\n  c d\n",
        },
    )
    made = compile_file(make_request(tmp_path, "a.styl", tools=tools, engine=engine))
    assert made.content == b".b {\n  c: d;\n}\n.a {\n  c: #800000;\n}\n"
