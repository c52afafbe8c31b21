"""The whole walk of bin/compile, up to and around the asset build."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import pytest

from assetbuild.assets.manifest import parse_manifest
from assetbuild.buildpacks.chain import ChainPack
from assetbuild.buildpacks.place import PlaceRequest
from assetbuild.buildpacks.report_fields import REPORT_FIELDS
from assetbuild.buildpacks.runtime import CHAIN_PYTHON
from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.jobs.chain import BuiltSlug, ChainRequest, build_slug
from assetbuild.jobs.ci import run_pack_tests
from assetbuild.jobs.packs import LoadPacks
from assetbuild.jobs.plan import plan_chain
from assetbuild.paths import LogicalPath
from assetbuild.serve.previous import read_previous
from assetbuild.trees import remove_tree
from tests.support.chain import Log
from tests.support.packs_loader import loader
from tests.support.processes import wait_for
from tests.support.tree import read_tree, write_tree


def place_in(root: Path, **options: object) -> PlaceRequest:
    (root / "app").mkdir(parents=True, exist_ok=True)
    values: dict[str, object] = {
        "build_dir": root / "app",
        "cache_dir": root / "cache",
        "shared_tmp": root,
        "time_limit_s": 60.0,
        **options,
    }
    return PlaceRequest(**values)  # type: ignore[arg-type]


def build(root: Path, load: LoadPacks, log: Log | None = None) -> BuiltSlug:
    request = ChainRequest(place=place_in(root), state_dir=root / "state", load=load)
    return build_slug(request, host={}, reporter=log or Log())


def leave_python(app: Path) -> None:
    """Put a Python where a pack leaves one: else ours is copied and compiled, two seconds of CPU.

    That it is copied well: tests/buildpacks/test_runtime_files.py.
    """
    place = app / CHAIN_PYTHON
    place.parent.mkdir(parents=True)
    place.symlink_to(getattr(sys, "_base_executable", sys.executable))


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


def test_a_build_that_stops_before_its_report_is_not_told_by_the_one_before(tmp_path: Path) -> None:
    build(tmp_path, loader("fails_loudly"))
    assert (tmp_path / "cache/build-report.json").is_file()
    assert (tmp_path / "state/release.yml").is_file()

    def stop(_app: Path, _config: Config, _folder: Path) -> tuple[ChainPack, ...]:
        raise AssetbuildError(error("pack/fetch-failed", "no"))

    with pytest.raises(AssetbuildError):
        build(tmp_path, stop)
    assert not (tmp_path / "cache/build-report.json").exists()
    assert list((tmp_path / "state").iterdir()) == []


def test_a_cache_that_is_none_stops_the_build_before_a_pack_runs(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(AssetbuildError) as caught:
        build(tmp_path, loader("relative_paths"))
    assert [one.code for one in caught.value.diagnostics] == ["chain/cache-unusable"]
    assert list((tmp_path / "app").iterdir()) == []


def test_a_report_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    built = build(tmp_path, loader("relative_paths"))
    assert [one.code for one in built.failures] == ["chain/cache-unusable"]


def test_a_stack_that_is_none_is_an_error(tmp_path: Path) -> None:
    for asked, said in (("cedar-14", '"cedar-14"'), ("a\nb", r'"a\nb"')):
        request = ChainRequest(place=place_in(tmp_path, stack=asked), load=loader())
        with pytest.raises(AssetbuildError) as caught:
            build_slug(request, host={}, reporter=Log())
        (found,) = caught.value.diagnostics
        assert (found.code, found.message) == ("chain/unknown-stack", f"there is no stack {said}")


def test_two_chains_at_once_wait_for_each_other(tmp_path: Path) -> None:
    logs = [Log(), Log()]
    told = "Waiting for another chain on this machine"

    def load(project: Path, config: Config, folder: Path) -> tuple[ChainPack, ...]:
        wait_for(lambda: any(told in log.lines for log in logs))
        # ends before the assets: the rule is about what packs write to /tmp
        return loader("fixed_name_in_tmp", "fails_loudly")(project, config, folder)

    def one(index: int) -> None:
        request = ChainRequest(
            place=place_in(tmp_path / str(index), shared_tmp=tmp_path), load=load
        )
        build_slug(request, host={}, reporter=logs[index])

    threads = [threading.Thread(target=one, args=(index,)) for index in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    waited = [log for log in logs if told in log.lines]
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


def test_a_good_build_writes_all_that_the_platform_reads(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "app/assets/css/site.css": "body { color: red; }\n",
            "app/assetbuild.toml": '[env]\nbuild = ["PUBLIC_URL"]\n',
            "app/Procfile": "web: serve",
            "env/PUBLIC_URL": "https://x.example",
        },
    )
    leave_python(tmp_path / "app")
    log = Log()
    request = ChainRequest(
        place=place_in(tmp_path, env_dir=tmp_path / "env"),
        state_dir=tmp_path / "state",
        load=loader("export_kills_pythons", "releases_web", "exports_odd_values"),
    )
    built = build_slug(request, host={}, reporter=log)
    assert built.failures == (), log.text
    app = tmp_path / "app"
    assert (app / "Procfile").read_text() == "web: serve\nrelease: assetbuild upload\n"
    manifest = json.loads((app / "public/assets/manifest.json").read_bytes())
    assert list(manifest["entries"]) == ["css/site.css", "css/site.css.map"]
    record = json.loads((app / "public/assets/manifest.env.json").read_bytes())
    assert list(record["env"]) == ["PUBLIC_URL"]
    assert "config vars that go into the assets: PUBLIC_URL" in log.lines
    assert (app / ".profile.d/assetbuild.sh").is_file()
    export = (tmp_path / "state/export").read_text()
    assert "export PYTHONHOME=/no/such/python" in export
    assert "unset REQUEST_ID" in export
    assert "web: one" in (tmp_path / "state/release.yml").read_text()
    report = json.loads((tmp_path / "state/build-report.json").read_bytes())
    assert report["ok"] is True
    assert report["assets"]["files"] == 2
    assert report["release"]["winner"] == "releases web"
    assert (tmp_path / "cache/assets").is_dir()
    # a second build on what the first left is as good, and adds no second release
    again = build_slug(request, host={}, reporter=Log())
    assert again.failures == ()
    assert (app / "Procfile").read_text().count("release:") == 1


def test_assets_that_cannot_be_built_fail_the_build(tmp_path: Path) -> None:
    write_tree(tmp_path, {"app/assets/site.css": "a { background: url(missing.png) }\n"})
    log = Log()
    built = build(tmp_path, loader("does_nothing"), log)
    assert [one.code for one in built.failures] == ["chain/assets-failed"]
    assert "missing.png" in log.text
    assert not (tmp_path / "app/Procfile").exists()


def test_an_app_without_assets_and_without_packs_is_fine(tmp_path: Path) -> None:
    log = Log()
    built = build(tmp_path, loader(), log)
    assert built.failures == ()
    assert [one.code for one in log.diagnostics] == ["chain/no-packs"]
    assert "there is no folder of sources, so there is nothing to build" in log.lines
    assert not (tmp_path / "app/Procfile").exists()


def test_earlier_releases_are_kept_when_asked_for(tmp_path: Path) -> None:
    log, hashed = Log(), []
    for color in ("red", "blue"):
        remove_tree(tmp_path / "app")
        write_tree(
            tmp_path,
            {
                "app/assets/site.css": f"body {{ color: {color}; }}\n",
                "app/assetbuild.toml": "[serve]\nkeep_previous = 1\n",
            },
        )
        leave_python(tmp_path / "app")
        assert build(tmp_path, loader("does_nothing"), log).ok
        data = (tmp_path / "app/public/assets/manifest.json").read_bytes()
        manifest = parse_manifest(data, file="manifest.json")
        hashed.append(manifest.entries[LogicalPath("site.css")].hashed)
    assert hashed[0] != hashed[1]
    output = tmp_path / "app/public/assets"
    assert all((output / name).is_file() for name in hashed)
    assert [one.entries[LogicalPath("site.css")].hashed for one in read_previous(output)] == [
        hashed[0]
    ]
    told = [line for line in log.lines if line.startswith("earlier releases kept:")]
    assert [line.partition(",")[0] for line in told] == [
        "earlier releases kept: 0 of at most 1",
        "earlier releases kept: 1 of at most 1",
    ]


def list_fields(value: object, path: str = "") -> set[str]:
    """Return the dotted path of every field; a list stands for its members, free maps for none."""
    if isinstance(value, list):
        return {one for item in value for one in list_fields(item, f"{path}[]")}
    if not isinstance(value, dict) or path == "packs[].report":
        return set()
    found = set()
    for name, inner in value.items():
        inside = f"{path}.{name}" if path else name
        found |= {inside} | list_fields(inner, inside)
    return found


def test_the_reference_names_every_field_of_a_report_and_no_other(tmp_path: Path) -> None:
    write_tree(tmp_path / "good/app", {"assets/site.css": "a { b: c }\n"})
    leave_python(tmp_path / "good/app")
    good = build(tmp_path / "good", loader("releases_web"))
    bad = build(tmp_path / "bad", loader("fails_loudly"))
    assert list_fields(good.report) | list_fields(bad.report) == set(REPORT_FIELDS)
