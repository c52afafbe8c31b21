"""The whole walk of bin/compile, up to and around the asset build."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from assetbuild.buildpacks.place import PlaceRequest
from assetbuild.jobs.chain import BuiltSlug, ChainRequest, build_slug
from assetbuild.jobs.ci import run_pack_tests
from assetbuild.jobs.packs import LoadPacks
from assetbuild.jobs.plan import plan_chain
from tests.support.chain import Log
from tests.support.packs_loader import loader
from tests.support.tree import read_tree, write_tree


def place_in(root: Path, **options: object) -> PlaceRequest:
    (root / "app").mkdir(parents=True, exist_ok=True)
    values: dict[str, object] = {
        "build_dir": root / "app",
        "cache_dir": root / "cache",
        "lock": root / "lock",
        "time_limit_s": 60.0,
        **options,
    }
    return PlaceRequest(**values)  # type: ignore[arg-type]


def build(root: Path, load: LoadPacks, log: Log | None = None) -> BuiltSlug:
    request = ChainRequest(place=place_in(root), state_dir=root / "state", load=load)
    return build_slug(request, host={}, reporter=log or Log())


def test_a_failing_pack_ends_the_build_and_the_report_is_written(tmp_path: Path) -> None:
    log = Log()
    built = build(tmp_path, loader("does_nothing", "fails_loudly", "relative_paths"), log)
    assert [one.code for one in built.failures] == ["pack/script-failed"]
    report = json.loads((tmp_path / "cache/build-report.json").read_bytes())
    assert report["ok"] is False
    assert [one["outcome"] for one in report["packs"]] == ["applied", "failed"]
    assert report["failure"]["pack"] == "fails_loudly"
    assert report["failure"]["tail"][-1] == "the reason is here"
    assert report["packs"][1]["report"] == {"phase": "install", "tries": "2"}
    assert log.lines[-1] == "| the reason is here"
    assert not (tmp_path / "app/Procfile").exists()


def test_nothing_of_the_chain_is_left_behind(tmp_path: Path) -> None:
    build(tmp_path, loader("records_environment", "fails_loudly"))
    work = (tmp_path / "app/seen/cwd").read_text()
    assert not Path(work.strip()).exists()


def test_a_stack_that_is_none_is_an_error(tmp_path: Path) -> None:
    from assetbuild.diagnostics import AssetbuildError

    request = ChainRequest(place=place_in(tmp_path, stack="cedar-14"), load=loader())
    with pytest.raises(AssetbuildError) as caught:
        build_slug(request, host={}, reporter=Log())
    assert caught.value.diagnostics[0].code == "chain/unknown-stack"


def test_two_chains_at_once_wait_for_each_other(tmp_path: Path) -> None:
    logs = [Log(), Log()]

    def one(index: int) -> None:
        request = ChainRequest(
            place=place_in(tmp_path / str(index), lock=tmp_path / "lock"),
            # ends before the assets: the rule is about what packs write to /tmp
            load=loader("fixed_name_in_tmp", "fails_loudly"),
        )
        build_slug(request, host={}, reporter=logs[index])

    threads = [threading.Thread(target=one, args=(index,)) for index in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    waited = [log for log in logs if "Waiting for another chain on this machine" in log.lines]
    assert len(waited) == 1
    assert all("fails loudly (fails_loudly)" in log.lines for log in logs)


def test_plan_asks_detect_on_a_copy_and_compiles_nothing(tmp_path: Path) -> None:
    write_tree(tmp_path / "app", {"Gemfile": ""})
    before = read_tree(tmp_path / "app")
    plan = plan_chain(
        place_in(tmp_path),
        host={},
        reporter=Log(),
        load=loader("releases_web", "releases_nothing", "does_nothing", "says_no"),
    )
    assert [one.verdict for one in plan.packs] == [
        *("runs", "runs", "runs"),
        "stops the build: no Gemfile here",
    ]
    assert not plan.ok
    assert plan.release == ("releases_nothing",)
    assert [one.name for one in plan.packs][:2] == ["releases web", "releases nothing"]
    assert read_tree(tmp_path / "app") == before
    assert not (tmp_path / "cache").exists()


def test_plan_says_which_optional_packs_are_skipped(tmp_path: Path) -> None:
    plan = plan_chain(
        place_in(tmp_path), host={}, reporter=Log(), load=loader("says_no", is_optional=True)
    )
    assert plan.ok
    assert plan.packs[0].verdict == "skipped: no Gemfile here"


def test_every_packs_tests_run_at_boots_environment(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "app/.profile.d/b.sh": 'export WEB_CONCURRENCY="${WEB_CONCURRENCY}2"\n',
            "app/.profile.d/a.sh": "export WEB_CONCURRENCY=1\nfalse\n",
            "env/TOKEN": "secret word",
            "env/PYTHONPATH": "/bad",
        },
    )
    log = Log()
    tested = run_pack_tests(
        place_in(tmp_path, env_dir=tmp_path / "env"),
        host={},
        reporter=log,
        load=loader("has_tests", "does_nothing", "tests_fail"),
    )
    assert [(one.name, one.exit_code) for one in tested] == [
        ("has tests", 0),
        ("does nothing", None),
        ("tests fail", 4),
    ]
    assert log.lines[0] == "config vars that no script may get: PYTHONPATH"
    assert log.lines[2] == (
        f"testing in {tmp_path}/app with WEB_CONCURRENCY=12 and TOKEN=secret word"
    )
    assert log.lines[3] == "secret word"
