from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from assetbuild.buildpacks.chain import (
    ChainPack,
    ChainState,
    Outcome,
    PackResult,
    explain_exit,
    limit_time,
)
from assetbuild.buildpacks.changes import Changes, diff_snapshots, take_snapshot
from assetbuild.buildpacks.release import Release, decide_release
from assetbuild.buildpacks.report import (
    build_report,
    flatten_report,
    parse_pack_report,
    render_flat,
    render_table,
)
from assetbuild.diagnostics import error
from assetbuild.environ import EnvPatch
from tests.support.tree import write_tree

NODE = PackResult(
    pack=ChainPack(label="heroku/nodejs", source="heroku/nodejs", root=Path("/x"), fetch_s=0.25),
    outcome=Outcome.APPLIED,
    name="Node.js",
    env=EnvPatch(set={"PATH": "secret-free", "TOKEN": "s3cret"}, unset=frozenset({"OLD"})),
    changes=Changes(added=("a", "b"), changed=("c",), bytes_added=2_000_000, bytes_changed=-5),
    detect_s=0.01,
    compile_s=12.5,
    cache_growth=-3_000,
    report={"node_version": "20"},
)
FAILED = PackResult(
    pack=ChainPack(label="b", source="b", root=Path("/y")),
    outcome=Outcome.FAILED,
    failure=error("pack/script-failed", "it failed"),
    tail=("one", "two"),
)


def report_of(*results: PackResult) -> dict[str, object]:
    failures = [one.failure for one in results if one.failure is not None]
    return dict(
        build_report(
            ChainState(results=results),
            stack="heroku-24",
            release=decide_release([("Node.js", Release(process_types={"web": "x"}))], "last"),
            assets={"files": 3, "bytes": 10, "seconds": 0.5, "env": []},
            failures=failures,
            seconds=13.0,
        )
    )


def test_the_table_has_a_row_for_each_pack_then_the_assets() -> None:
    document = build_report(
        ChainState(results=(NODE, FAILED)),
        stack="heroku-24",
        release=None,
        assets={"files": 3, "seconds": 0.5},
        failures=(),
        seconds=13.0,
    )
    assert render_table(document).splitlines() == [
        "pack        fetch  detect  compile  files    size    env    cache",
        "Node.js     0.25s   0.01s   12.50s  +2 ~1  2.0 MB  +2 -1  -3.0 kB",
        "b (failed)  0.00s   0.00s    0.00s      0     0 B      0      0 B",
        "assets: files 3, seconds 0.50",
        "13.00 s in all",
    ]


@pytest.mark.parametrize("outcome", [Outcome.APPLIED, Outcome.FAILED])
def test_the_table_of_a_large_app_fits_80_columns_behind_its_indent(outcome: Outcome) -> None:
    files = tuple(f"{number}" for number in range(20_000))
    large = replace(
        NODE,
        name="A pack with a long name of its own",
        outcome=outcome,
        changes=Changes(added=files, changed=files[:12], bytes_added=345_000_000),
        compile_s=345.67,
        cache_growth=-123_000_000,
    )
    document = build_report(
        ChainState(results=(large, NODE)),
        stack="heroku-24",
        release=None,
        assets=None,
        failures=(),
        seconds=400.0,
    )
    head, row, *_ = render_table(document).splitlines()
    assert len(head) == len(row) <= 73
    assert row.startswith("A p")
    assert ("…" if outcome is Outcome.APPLIED else f"… ({outcome.value})") in row


def test_no_value_of_a_variable_is_in_a_report() -> None:
    assert "s3cret" not in str(report_of(NODE))
    assert "TOKEN" in str(report_of(NODE))


def test_flat_yaml_reads_back_as_text_only() -> None:
    document = build_report(
        ChainState(results=(NODE, FAILED)),
        stack="heroku-24",
        release=None,
        assets={"files": 3},
        failures=(error("pack/script-failed", 'it "failed"'),),
        seconds=13.0,
    )
    flat = yaml.safe_load(render_flat(flatten_report(document)))
    assert flat["ok"] == "false"
    assert flat["pack_1_name"] == "Node.js"
    assert flat["pack_1_node_version"] == "20"
    assert flat["pack_2_outcome"] == "failed"
    assert flat["failure_pack"] == "b"
    assert flat["assets_files"] == "3"
    assert all(isinstance(value, str) for value in flat.values())


def test_flat_yaml_holds_any_text() -> None:
    flat = {"a": '\N{GRINNING FACE} \x7f\x85\x9b\u2028\ufeff\x00 "q" \\ \n'}
    assert yaml.safe_load(render_flat(flat)) == flat


@pytest.mark.parametrize(
    ("data", "facts"),
    [
        (b'"a: b": "1"\n"x\\ny": 2\nok_1.2-z: 3\n', {"ok_1.2-z": "3"}),
        (b"version: 1.0\nflag: yes\nnested: {a: 1}\n", {"version": "1.0", "flag": "yes"}),
        (b'{"a": 1, "b": "two"}', {"a": "1", "b": "two"}),
        (b"", {}),
        (b"just text", {}),
        (b"a: [", {}),
        (b"\xff\x00", {}),
    ],
)
def test_a_packs_own_report_is_read_leniently(data: bytes, facts: dict[str, str]) -> None:
    assert parse_pack_report(data) == facts


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (1, "exit code 1"),
        (-11, "killed by signal 11 (SIGSEGV)"),
        (-9, "killed by signal 9 (SIGKILL; the usual reason is that memory ran out)"),
        (
            137,
            "exit code 137 (a program in it got SIGKILL; the usual reason is that memory ran out)",
        ),
        (255, "exit code 255"),
    ],
)
def test_exit_codes_are_explained(code: int, text: str) -> None:
    assert explain_exit(code) == text


@pytest.mark.parametrize(
    ("own", "left", "limit"),
    [(None, None, None), (5.0, None, 5.0), (None, 7.0, 7.0), (5.0, 3.0, 3.0), (5.0, -1.0, 0.0)],
)
def test_a_script_gets_the_smaller_limit(
    own: float | None, left: float | None, limit: float | None
) -> None:
    pack = ChainPack(label="x", source="x", root=Path("/x"), time_limit_s=own)
    assert limit_time(pack, left_s=left) == limit


def test_snapshots_tell_what_was_added_changed_and_deleted(tmp_path: Path) -> None:
    write_tree(tmp_path, {"kept": "1", "changed": "1", "gone/deep": "12345"})
    (tmp_path / "link").symlink_to("kept")
    before = take_snapshot(tmp_path)
    write_tree(tmp_path, {"changed": "123", "new/file": "12"})
    (tmp_path / "gone/deep").unlink()
    (tmp_path / "loop").symlink_to(".")
    assert diff_snapshots(before, take_snapshot(tmp_path)) == Changes(
        added=("loop", "new/file"),
        changed=("changed",),
        deleted=("gone/deep",),
        bytes_added=3,
        bytes_changed=2,
        bytes_deleted=5,
    )
