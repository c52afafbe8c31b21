"""Packs that misbehave: each ends as a value with its reason, and the chain stops there."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from assetbuild.buildpacks.chain import ChainPack, Outcome, cache_folder
from assetbuild.buildpacks.environment import STACKS
from assetbuild.diagnostics import AssetbuildError
from tests.support.chain import Site
from tests.support.disks import run_with_disk
from tests.support.memory import bounded_memory
from tests.support.tree import write_tree


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def failure_of(site: Site, name: str) -> tuple[str, str]:
    state = site.run(name, "does_nothing")
    assert len(state.results) == 1, "the chain goes on after a failure"
    assert state.results[0].failure is not None
    return state.results[0].failure.code, state.results[0].failure.message


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        (
            "fails_loudly",
            "pack/script-failed",
            'pack "fails_loudly": bin/compile failed: exit code 3',
        ),
        (
            "dies_by_signal",
            "pack/script-failed",
            'pack "dies_by_signal": bin/compile failed: killed by signal 11 (SIGSEGV)',
        ),
        (
            "says_no",
            "pack/not-detected",
            'pack "says_no" does not apply to this app: its bin/detect says no',
        ),
        (
            "export_exits",
            "pack/export-failed",
            'pack "export_exits": its export file cannot be read by bash: it exits',
        ),
        (
            "removes_build_dir",
            "pack/removed-build-dir",
            'pack "removes_build_dir" removed BUILD_DIR itself',
        ),
    ],
)
def test_failure_is_told(site: Site, name: str, code: str, message: str) -> None:
    assert failure_of(site, name) == (code, message)


def test_an_export_that_is_no_bash_stops_the_chain(site: Site) -> None:
    code, message = failure_of(site, "export_is_no_bash")
    assert code == "pack/export-failed"
    assert "syntax error" in message


def test_a_release_that_is_not_yaml_stops_the_chain(site: Site) -> None:
    code, message = failure_of(site, "releases_garbage")
    assert code == "release/not-yaml"
    assert '"releases garbage"' in message


def test_the_last_twenty_lines_are_kept_and_the_report_still_runs(site: Site) -> None:
    result = site.run_one("fails_loudly")
    assert len(result.tail) == 20
    assert result.tail[0] == "line 22"
    assert result.tail[-1] == "the reason is here"
    assert result.report == {"phase": "install", "tries": "2"}


def test_output_is_live_and_interleaved(site: Site) -> None:
    site.run("fails_loudly")
    assert site.log.lines[0] == "fails loudly (fails_loudly)"
    assert site.log.lines[1:42] == [*(f"line {n}" for n in range(1, 41)), "the reason is here"]


def test_detect_shows_its_complaint_only_when_it_fails(site: Site) -> None:
    site.run("says_no")
    assert "no Gemfile here" in site.log.lines


def test_an_optional_pack_is_skipped(site: Site) -> None:
    state = site.run(site.pack("says_no", is_optional=True), "relative_paths")
    assert [one.outcome for one in state.results] == [Outcome.SKIPPED, Outcome.APPLIED]
    assert state.results[0].skipped_for == "its detect says no"


@pytest.mark.parametrize(
    ("pattern", "outcome"),
    [
        ("package.json", Outcome.SKIPPED),
        ("Gemfile", Outcome.APPLIED),
        ("lib/**/*.rb", Outcome.APPLIED),
        ("**/*.py", Outcome.SKIPPED),
    ],
)
def test_when_file_decides(site: Site, pattern: str, outcome: Outcome) -> None:
    write_tree(site.app, {"Gemfile": "", "lib/deep/one.rb": ""})
    assert site.run_one(site.pack("does_nothing", when_file=pattern)).outcome is outcome


def test_a_pack_that_works_in_a_folder_is_heard_at_boot(site: Site) -> None:
    (site.app / "front end").mkdir()
    state = site.run(
        site.pack("writes_concurrency_one", dir="front end"),
        site.pack("exports_odd_values", dir="front end"),
    )
    assert state.failed is None
    assert (site.app / "front end/.profile.d/WEB_CONCURRENCY.sh").exists()
    assert state.env.set["PATH"].startswith(f"{site.app}/front end/.odd/bin:")
    script = 'for one in .profile.d/*.sh; do . "$one"; done; echo "$WEB_CONCURRENCY $HOME"'
    printed = subprocess.run(
        ["/bin/bash", "-c", script],
        cwd=site.app,
        env={"HOME": str(site.app)},
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert printed == f"1 {site.app}\n"


def test_a_folder_that_is_not_there_is_an_error(site: Site) -> None:
    result = site.run_one(site.pack("does_nothing", dir="frontend"))
    assert result.failure is not None
    assert result.failure.code == "pack/no-folder"


def test_packs_without_scripts_are_all_named_before_any_runs(site: Site) -> None:
    empty = site.pack("does_nothing")
    (empty.root / "bin/detect").unlink()
    with pytest.raises(AssetbuildError) as caught:
        site.run("relative_paths", "no_compile", empty)
    assert [one.message for one in caught.value.diagnostics] == [
        'pack "does_nothing" has no bin/detect',
        'pack "no_compile" has no bin/compile',
    ]
    assert list(site.app.iterdir()) == []


def test_an_export_that_unsets_path_and_home_keeps_them(site: Site) -> None:
    state = site.run("export_unsets_path", "records_environment")
    assert state.failed is None
    assert [one.code for one in site.log.diagnostics] == ["pack/export-unsets"] * 2
    assert state.env.set == {"AFTER": "yes"}
    assert state.env.unset == frozenset()


def test_a_pack_that_hangs_is_ended_by_its_own_limit(site: Site) -> None:
    state = site.run(site.pack("hangs", time_limit_s=0.5))
    failure = state.results[0].failure
    assert failure is not None
    assert failure.code == "pack/timed-out"
    assert state.results[0].tail == ("waiting for nothing",)


def test_a_pack_gets_no_more_than_what_the_build_has_left(tmp_path: Path) -> None:
    site = Site(tmp_path, left_s=0.5)
    failure = site.run_one("hangs").failure
    assert failure is not None
    assert failure.code == "pack/timed-out"


def test_binary_output_passes_as_safe_text(site: Site) -> None:
    assert site.run("prints_binary").failed is None
    assert site.log.lines[1] == "\ufffd\ufffdtext"
    assert site.log.lines[2].endswith("bytes more without a newline]")


def test_an_allow_list_limits_the_config_vars_of_a_pack(tmp_path: Path) -> None:
    site = Site(tmp_path, config_vars={"NPM_TOKEN": "1", "DATABASE_URL": "2"})
    site.run(site.pack("records_environment", env=("NPM_TOKEN",)))
    assert [path.name for path in (site.app / "seen/config").iterdir()] == ["NPM_TOKEN"]


def test_a_path_with_spaces_works(tmp_path: Path) -> None:
    site = Site(tmp_path / "my app's folder")
    assert site.run("records_environment", "exports_odd_values", "leaves_a_daemon").failed is None
    arguments = (site.app / "seen/arguments").read_text().splitlines()
    assert arguments[0] == str(site.app)


def test_what_a_failing_pack_exports_does_not_count(site: Site) -> None:
    pack = site.pack("releases_garbage")
    (pack.root / "export").write_text("export HALF=1\n")
    state = site.run(pack)
    assert state.failed is not None
    assert state.env.set == {}


def test_test_compile_replaces_compile_where_there_is_one(site: Site) -> None:
    state = site.run("has_tests", "relative_paths", mode="test-compile")
    assert state.failed is None
    assert (site.app / "compiled.txt").read_text() == "test-compiled\n"
    assert (site.app / "greeting.txt").exists()


def test_owners_follow_who_wrote_a_file_last(site: Site) -> None:
    state = site.run("writes_concurrency_one", "relative_paths", "writes_concurrency_two")
    assert state.owners == {
        ".profile.d/WEB_CONCURRENCY.sh": "writes concurrency two",
        "greeting.txt": "relative paths",
    }


def test_file_that_a_later_pack_deleted_has_no_owner(site: Site) -> None:
    assert site.run("relative_paths").owners == {"greeting.txt": "relative paths"}
    (site.app / "greeting.txt").unlink()
    state = site.run("relative_paths", "empties_build_dir")
    assert "greeting.txt" not in state.owners


def test_cache_is_another_for_another_folder_stack_or_source(site: Site) -> None:
    pack = site.pack("does_nothing")
    others = (pack, replace(pack, dir="api"), replace(pack, source=pack.source + "x"))
    names = {cache_folder(one, stack=stack) for one in others for stack in STACKS[:2]}
    assert len(names) == 6
    assert cache_folder(replace(pack, commit="f" * 40), stack=STACKS[0]) in names


FULL_DISK = """
import sys
from pathlib import Path
from tests.support.chain import Site
site = Site(Path(sys.argv[1]))
state = site.run(sys.argv[2])
failure = state.results[0].failure
print(failure.code, failure.message, failure.hint, sep="|")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a tiny disk needs root")
@pytest.mark.parametrize(
    ("size", "pack", "code", "says"),
    [
        ("512k", "fills_the_cache", "pack/script-failed", "the disk that holds CACHE_DIR"),
        ("ro", "does_nothing", "chain/cache-unusable", "Read-only file system"),
    ],
)
def test_a_full_disk_below_the_cache_is_told(
    tmp_path: Path, size: str, pack: str, code: str, says: str
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    option = "ro" if size == "ro" else f"size={size}"
    done = run_with_disk(cache, option, FULL_DISK, str(tmp_path), pack)
    told, _, text = done.stdout.decode().strip().partition("|")
    assert told == code, done.stderr.decode()
    assert says in text


def written(site: Site, files: dict[str, str], *, name: str = "written") -> ChainPack:
    """Return a pack of these files; its detect says yes."""
    root = site.root / name
    write_tree(root, {"bin/detect": "#!/bin/sh\n", "bin/compile": "#!/bin/sh\n", **files})
    return ChainPack(label=name, source=f"https://example.com/{name}", root=root)


def test_an_export_that_prints_without_end_and_leaves_a_daemon_costs_neither(site: Site) -> None:
    text = (
        "head -c 60000000 /dev/zero >&2\nsetsid sleep 600 &\nexport A=1\nf() { :; }\nexport -f f\n"
    )
    pack = written(site, {"export": text})
    with bounded_memory(6_000_000):
        result = site.run_one(pack)
    assert result.env.set["A"] == "1"
    assert result.env.set["BASH_FUNC_f%%"].startswith("() {")
    # it may not have become "sleep" yet
    (name,) = result.strays
    assert f"written left running, now ended: {name}" in site.log.lines


def test_an_export_that_does_not_end_is_a_failure(tmp_path: Path) -> None:
    site = Site(tmp_path, left_s=1.0)
    failure = site.run_one(written(site, {"export": "sleep 600\n"})).failure
    assert failure is not None and failure.code == "pack/export-failed"
    assert failure.message.endswith("cannot be read by bash: it was ended after 1 s")


def test_a_pack_that_removes_its_own_scripts_and_fails_is_told(site: Site) -> None:
    failure = site.run_one(written(site, {"bin/compile": "#!/bin/sh\nrm -r bin\nexit 4\n"})).failure
    assert failure is not None and failure.message.endswith("bin/compile failed: exit code 4")


def test_an_exported_function_reaches_the_scripts_of_later_packs(site: Site) -> None:
    export = 'hello() { echo "hello $1"; }\nexport -f hello\n'
    # a second export does not lose it
    calls = "#!/bin/bash\nhello you\n"
    first = written(site, {"export": export}, name="first")
    second = written(site, {"export": "export B=1\n"}, name="second")
    third = written(site, {"bin/compile": calls}, name="third")
    state = site.run(first, second, third)
    assert state.failed is None, site.log.text
    assert "hello you" in site.log.lines
