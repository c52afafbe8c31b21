"""The packs of an app, from its list to private copies; its lock file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from assetbuild.buildpacks.lock import LOCK_NAME
from assetbuild.cli.buildpacks import command
from assetbuild.config.load import load_config
from assetbuild.diagnostics import AssetbuildError
from assetbuild.jobs.pack_lock import find_outdated, lock_packs
from assetbuild.jobs.packs import PackSource, load_packs
from tests.support.chain import Log
from tests.support.repos import GIT_HOST, commit, git, make_repo, make_tar, serve, url_of
from tests.support.tree import write_tree


def source(root: Path, log: Log | None = None, *, is_locked: bool = False) -> PackSource:
    return PackSource(
        store=root / "store", host=GIT_HOST, reporter=log or Log(), is_locked=is_locked
    )


@pytest.fixture
def app(tmp_path: Path) -> Path:
    repo = make_repo(tmp_path / "one")
    write_tree(tmp_path / "app", {".buildpacks": f"web={url_of(repo)}#main\r\n./own"})
    write_tree(tmp_path / "app/own", {"bin/detect": "", "bin/compile": ""})
    return tmp_path / "app"


def codes(failure: pytest.ExceptionInfo[AssetbuildError]) -> list[str]:
    return [one.code for one in failure.value.diagnostics]


def test_list_becomes_packs_with_what_the_app_says(app: Path, tmp_path: Path) -> None:
    log = Log()
    one, own = load_packs(app, load_config(app), tmp_path / "work", source(tmp_path, log))
    assert (one.dir, one.source, own.dir) == ("web", url_of(tmp_path / "one"), None)
    assert one.commit == git(tmp_path / "one", "rev-parse", "HEAD")
    assert (one.root / "bin/compile").is_file()
    assert log.lines[0] == "Fetching 2 packs of .buildpacks"


def test_lock_is_the_same_twice_and_pins_the_build(app: Path, tmp_path: Path) -> None:
    lock_packs(app, source(tmp_path))
    text = (app / LOCK_NAME).read_bytes()
    lock_packs(app, source(tmp_path))
    assert (app / LOCK_NAME).read_bytes() == text
    locked = json.loads(text)["packs"]
    assert [sorted(one) for one in locked] == [["commit", "revision", "tree", "url"]]
    commit(tmp_path / "one", {"new": "2"})
    pinned, _ = load_packs(app, load_config(app), tmp_path / "w", source(tmp_path, is_locked=True))
    assert pinned.commit == locked[0]["commit"]


def test_list_that_drifted_warns_or_stops(app: Path, tmp_path: Path) -> None:
    other = make_repo(tmp_path / "other")
    lock_packs(app, source(tmp_path))
    (app / ".buildpacks").write_text(url_of(other))
    log = Log()
    load_packs(app, load_config(app), tmp_path / "w", source(tmp_path, log))
    assert [(one.code, one.is_error) for one in log.diagnostics] == [("lock/drift", False)] * 2
    with pytest.raises(AssetbuildError) as failure:
        load_packs(app, load_config(app), tmp_path / "v", source(tmp_path, is_locked=True))
    assert codes(failure) == ["lock/drift", "lock/drift"]


def test_folder_without_a_list_gets_no_lock(tmp_path: Path) -> None:
    with pytest.raises(AssetbuildError) as caught:
        lock_packs(tmp_path, source(tmp_path))
    assert codes(caught) == ["lock/no-packs"]
    assert list(tmp_path.iterdir()) == []


def test_locked_build_without_a_lock_stops(app: Path, tmp_path: Path) -> None:
    with pytest.raises(AssetbuildError) as failure:
        load_packs(app, load_config(app), tmp_path / "v", source(tmp_path, is_locked=True))
    assert codes(failure) == ["lock/drift"]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"schema": 2, "packs": []}',
        '{"schema": 1, "packs": [{"url": "x"}]}',
        '{"schema": 1, "packs": [{"url": "x", "tree": "t", "commit": "--upload-pack=evil"}]}',
    ],
)
def test_lock_that_is_not_ours_is_told(app: Path, tmp_path: Path, text: str) -> None:
    (app / LOCK_NAME).write_text(text)
    with pytest.raises(AssetbuildError) as failure:
        load_packs(app, load_config(app), tmp_path / "v", source(tmp_path))
    assert codes(failure) == ["lock/corrupt"]


def test_outdated_tells_newer_gone_replaced_and_unlocked(app: Path, tmp_path: Path) -> None:
    gone = make_repo(tmp_path / "gone")
    commit(gone, {"x": "1"})
    later = make_repo(tmp_path / "later")
    with serve() as origin:
        origin.files["/p.tgz"] = make_tar({"bin/compile": "1"})
        listed = [url_of(tmp_path / "one"), url_of(gone), f"{origin.url}/p.tgz"]
        (app / ".buildpacks").write_text("\n".join(listed))
        lock_packs(app, source(tmp_path))
        assert all(one.is_current for one in find_outdated(app, source(tmp_path)))
        newer = commit(tmp_path / "one", {"new": "2"})
        git(gone, "reset", "--quiet", "--hard", "HEAD~1")
        origin.files["/p.tgz"] = make_tar({"bin/compile": "2"})
        (app / ".buildpacks").write_text("\n".join([*listed, url_of(later)]))
        found = find_outdated(app, source(tmp_path))
    assert not any(one.is_current for one in found)
    assert found[0].now == newer
    assert "the locked commit is gone" in found[1].trouble
    assert found[2].now != found[2].locked
    assert found[3].locked is None


def test_outdated_without_a_lock_says_how_to_make_one(app: Path, tmp_path: Path) -> None:
    with pytest.raises(AssetbuildError, match="lock/missing"):
        find_outdated(app, source(tmp_path))


def test_explain_shows_every_place_and_entry(app: Path) -> None:
    write_tree(app, {"app.json": '{"buildpacks": [{"url": "heroku/ruby"}]}'})
    done = CliRunner().invoke(command, ["explain", "--project", str(app)])
    assert done.exit_code == 0, done.output
    assert "2. .buildpacks: 2 packs (this one counts)" in done.output
    assert "4. app.json: 1 pack (not used)" in done.output
    assert ".buildpacks:2: path ./own" in done.output
