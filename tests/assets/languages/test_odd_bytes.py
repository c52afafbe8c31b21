"""What every language makes of empty files, byte order marks, line ends and rare characters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from assetbuild.assets.tools.model import Tool
from tests.support.compiling import compile_file, make_request
from tests.support.tree import write_tree

pytestmark = pytest.mark.network

BOM = b"\xef\xbb\xbf"
ASTRAL = "\U0001f600é"
WRAPPED = "(function() {{\n  var x;\n\n  x = {};\n\n}}).call(this);\n"
CSS = b".a {\n  b: c;\n}\n"
CASES: dict[str, tuple[bytes, bytes]] = {
    "empty.coffee": (b"", b"(function() {\n\n\n}).call(this);\n"),
    "bom.coffee": (BOM + b"x = 1\n", WRAPPED.format(1).encode()),
    "crlf.coffee": (b"x =\r\n  '''a\r\n  b'''\r\n", WRAPPED.format("`a\nb`").encode()),
    "astral.coffee": (f"x = '{ASTRAL}'\n".encode(), WRAPPED.format(f"'{ASTRAL}'").encode()),
    "empty.less": (b"", b""),
    "bom-crlf.less": (BOM + b".a{\r\n  b: c;\r\n}\r\n", CSS),
    "empty.scss": (b"", b"\n"),
    "bom-crlf.scss": (BOM + b".a{\r\n  b: c;\r\n}\r\n", CSS),
    "empty.styl": (b"", b""),
    "bom-crlf.styl": (BOM + b".a\r\n  b c\r\n", CSS),
    "empty.ts": (b"", b"\n"),
    "bom-crlf.ts": (BOM + b"let a: number = 1;\r\nlet b = 2;\r\n", b"let a = 1;\nlet b = 2;\n"),
    "astral.css": (BOM + f".{ASTRAL}{{}}\r\n".encode(), f".{ASTRAL}{{}}\r\n".encode()),
}


@pytest.mark.parametrize("name", CASES)
def test_odd_bytes_compile(
    tmp_path: Path, tools: Mapping[str, Tool], engine: str, name: str
) -> None:
    data, expected = CASES[name]
    write_tree(tmp_path, {f"assets/{name}": data})
    made = compile_file(make_request(tmp_path, name, tools=tools, engine=engine))
    assert made.content == expected
