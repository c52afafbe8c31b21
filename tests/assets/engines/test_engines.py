"""The protocol of engines, on each: load once, call with JSON, fail as a value, end."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from assetbuild.assets.engines.base import EngineError, Program, Script
from assetbuild.assets.engines.host import EngineHost, choose_engine, find_node
from assetbuild.diagnostics import AssetbuildError
from assetbuild.jsontype import Json
from tests.support.engines import require_engine

SCRIPT = """
var loads = (typeof loads === "undefined" ? 0 : loads) + 1;
function echo(value) { return { value: value, loads: loads }; }
function fail(value) { throw new Error("bad " + value); }
function deep(n) { return n === 0 ? 0 : 1 + deep(n - 1); }
function sees() {
  return [typeof process === "undefined" ? 0 : Object.keys(process.env).length, typeof require];
}
"""


@pytest.fixture
def host() -> Iterator[EngineHost]:
    with EngineHost({"PATH": os.environ.get("PATH", ""), "SECRET": "x"}) as made:
        yield made


def make_program(text: str = SCRIPT, key: str = "test@1") -> Program:
    return Program(key=key, load=lambda: (Script("test.js", text),))


def test_values_cross_unchanged_and_the_program_stays_warm(host: EngineHost, engine: str) -> None:
    value: Json = {"a": [1, 2.5, None, True, '\u2028 é \U0001f600 \\ " \n'], "b": {}}
    for _ in range(2):
        assert host.engine(engine).call(make_program(), "echo", value) == {
            "value": value,
            "loads": 1,
        }


def test_an_exception_is_an_engine_error_and_the_engine_lives(
    host: EngineHost, engine: str
) -> None:
    with pytest.raises(EngineError, match="bad 7"):
        host.engine(engine).call(make_program(), "fail", 7)
    assert host.engine(engine).call(make_program(), "deep", 5) == 5


def test_a_program_that_does_not_load_fails_alike_each_time(host: EngineHost, engine: str) -> None:
    program = make_program(f"{SCRIPT} throw new Error('half loaded');", key="half@1")
    for _ in range(2):
        with pytest.raises(EngineError, match="half loaded"):
            host.engine(engine).call(program, "echo", 1)


def test_no_environment_and_no_require_reach_a_compiler(host: EngineHost, engine: str) -> None:
    assert host.engine(engine).call(make_program(), "sees", None) == [0, "undefined"]


def test_too_deep_a_source_is_a_diagnostic(host: EngineHost, engine: str) -> None:
    with pytest.raises(AssetbuildError) as caught:
        host.call(engine, make_program(), "deep", 1_000_000, display="assets/a.ts")
    (only,) = caught.value.diagnostics
    assert only.code == "engine/failed"
    assert only.location is not None
    assert only.location.file == "assets/a.ts"


def test_script_that_does_not_parse_is_an_engine_error(host: EngineHost, engine: str) -> None:
    with pytest.raises(EngineError):
        host.engine(engine).call(make_program("var = ;", "broken@1"), "echo", 1)


PATTERNS = [
    ("/^a+/", "aab"), ("/^a+/", "baab"), ("/^a|b/", "xb"), ("/^(?:a|b)/", "xb"),
    ("/^[|]x/", "|x"), (r"/^\|x|y/", "zy"), ("/^a/g", "aa"), ("/^b/m", "a\nb"), ("/^a/y", "ba"),
    ("/^(?<n>a)?b/", "b"), ("/^a|^b/", "xb"), ("/^a|^b/", "bx"),
    ("/^é/u", "é"), ("/^$/", ""), ("/^A/i", "a"), ("/a^/", "a"),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "text"), PATTERNS)
def test_quicker_patterns_answer_as_before(host: EngineHost, pattern: str, text: str) -> None:
    require_engine("node")  # to compare with
    program = make_program(
        "function ask(text) {"
        f" var p = {pattern}; var one = p.exec(text); var at = p.lastIndex;"
        f" return [one, one && one.index, at, {pattern}.test(text), text.match({pattern}),"
        f" text.replace({pattern}, '-'), text.search({pattern}), text.split({pattern})]; }}",
        key=f"regex:{pattern}",
    )
    answers = [host.engine(name).call(program, "ask", text) for name in ("dukpy", "node")]
    assert json.dumps(answers[0]) == json.dumps(answers[1])


def test_auto_takes_node_where_it_is_on_path(tmp_path: Path) -> None:
    assert choose_engine("auto", {"PATH": str(tmp_path)}) == "dukpy"
    (tmp_path / "node").touch(mode=0o755)
    assert find_node({"PATH": str(tmp_path)}) == str(tmp_path / "node")
    assert choose_engine("auto", {"PATH": str(tmp_path)}) == "node"
    assert choose_engine("dukpy", {"PATH": str(tmp_path)}) == "dukpy"
    assert choose_engine("v8", {"PATH": str(tmp_path)}) == "v8"


def test_node_that_is_not_there_is_a_diagnostic(tmp_path: Path) -> None:
    with EngineHost({"PATH": str(tmp_path)}) as host, pytest.raises(AssetbuildError) as caught:
        host.call("node", make_program(), "echo", 1, display="a.ts")
    assert caught.value.diagnostics[0].message == (
        "the node engine failed: engine node: there is no node on PATH"
    )


def test_an_engine_that_was_ended_is_started_anew(host: EngineHost, engine: str) -> None:
    program = make_program()
    assert host.engine(engine).call(program, "deep", 1) == 1
    host.close()
    assert host.engine(engine).call(program, "deep", 2) == 2
