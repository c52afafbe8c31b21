"""Fetch packs from real repositories on this disk."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from assetbuild.buildpacks.attempts import Patience
from assetbuild.buildpacks.fetch import FetchSetup, Pack, fetch_packs
from assetbuild.buildpacks.refs import BuildpackRef, read_ref
from assetbuild.buildpacks.store import PackStore
from assetbuild.diagnostics import AssetbuildError, Diagnostic, Location
from tests.support.repos import GIT_HOST, PACK, commit, git, make_repo, serve, url_of
from tests.support.tree import read_tree, write_tree


class Place:
    """A store and a fresh target for each fetch."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.pauses: list[float] = []
        self.count = 0
        patience = Patience(tries=3, sleep=self.pauses.append, timeout_s=30)
        self.setup = FetchSetup(
            project=root,
            target=root,
            store=PackStore(root / "store"),
            host=GIT_HOST,
            patience=patience,
        )

    def fetch(self, *written: str, **changes: object) -> tuple[Pack, ...]:
        self.count += 1
        target = self.root / f"work-{self.count}"
        setup = dataclasses.replace(self.setup, target=target, **changes)  # type: ignore[arg-type]
        return fetch_packs([ref(one, line) for line, one in enumerate(written, 1)], setup)

    def refuse(self, *written: str, **changes: object) -> tuple[Diagnostic, ...]:
        with pytest.raises(AssetbuildError) as failure:
            self.fetch(*written, **changes)
        return failure.value.diagnostics


def ref(written: str, line: int = 1) -> BuildpackRef:
    found = read_ref(written, Location(file=".buildpacks", line=line))
    assert isinstance(found, BuildpackRef), found
    return found


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "pack repo")


def test_every_kind_of_revision_gives_its_commit(place: Place, repo: Path) -> None:
    first = git(repo, "rev-parse", "HEAD")
    git(repo, "tag", "-a", "v1", "-m", "annotated")
    git(repo, "branch", "feature/x")
    second = commit(repo, {"new": "2"})
    url = url_of(repo)
    asked = [url, f"{url}#v1", f"{url}#feature/x", f"{url}#{first}", f"{url}#{first[:7]}"]
    packs = place.fetch(*asked)
    assert [one.commit for one in packs] == [second, first, first, first, first]
    assert read_tree(packs[0].dir).keys() == {"bin/detect", "bin/compile", "new"}
    assert read_tree(packs[1].dir).keys() == set(PACK)


def test_copies_are_private_and_the_store_is_never_written(place: Place, repo: Path) -> None:
    url = url_of(repo)
    one, two = place.fetch(url, url)
    assert one.dir != two.dir
    inodes = {os.stat(each.dir / "bin/compile").st_ino for each in (one, two)}
    stored = next((place.root / "store" / "trees").glob("git-*/bin/compile"))
    assert len(inodes | {stored.stat().st_ino}) == 3
    (one.dir / "bin/compile").write_text("spoilt")
    (again,) = place.fetch(url)
    assert (again.dir / "bin/compile").read_text() == PACK["bin/compile"]


def test_second_fetch_of_a_full_sha_needs_no_repository(place: Place, repo: Path) -> None:
    sha = git(repo, "rev-parse", "HEAD")
    url = f"{url_of(repo)}#{sha}"
    (first,) = place.fetch(url)
    repo.rename(repo.with_name("moved"))
    (second,) = place.fetch(url)
    assert (first.is_stored, second.is_stored) == (False, True)
    assert first.tree == second.tree


def test_branch_that_moved_is_fetched_again(place: Place, repo: Path) -> None:
    url = url_of(repo)
    place.fetch(url)
    newer = commit(repo, {"new": "2"})
    assert place.fetch(url)[0].commit == newer
    assert place.fetch(url)[0].is_stored


def test_offline_uses_what_was_last_and_says_when_there_is_nothing(
    place: Place, repo: Path
) -> None:
    url = url_of(repo)
    assert [one.code for one in place.refuse(url, is_offline=True)] == ["fetch/offline"]
    (online,) = place.fetch(url)
    repo.rename(repo.with_name("moved"))
    (offline,) = place.fetch(url, is_offline=True)
    assert offline.commit == online.commit


def test_submodules_are_filled_in(place: Place, tmp_path: Path) -> None:
    inner = make_repo(tmp_path / "inner", {"lib.sh": "x"})
    outer = make_repo(tmp_path / "outer")
    git(outer, "submodule", "--quiet", "add", "../inner", "vendor/inner")
    commit(outer, {})
    commit(inner, {"lib.sh": "newer"})
    (pack,) = place.fetch(url_of(outer))
    assert (pack.dir / "vendor/inner/lib.sh").read_text() == "x"
    assert not list(pack.dir.rglob(".git"))


def test_all_that_cannot_be_fetched_is_told_together(place: Place, repo: Path) -> None:
    url = url_of(repo)
    git(repo, "tag", "v142")
    found = place.refuse(f"{url}#v143", "file:///no/such/repo", url, "./nowhere", f"{url}#0123abc")
    assert [(one.code, one.location and one.location.line) for one in found] == [
        ("fetch/no-revision", 1),
        ("fetch/failed", 2),
        ("fetch/no-such-path", 4),
        ("fetch/no-revision", 5),
    ]
    assert 'did you mean "v142"' in found[0].message
    assert "git clone was tried once" in found[1].message


def test_unknown_host_is_tried_again_and_then_told(place: Place) -> None:
    (found,) = place.refuse("https://me:s3cret@no-such-host.invalid/pack.git")
    assert found.code == "fetch/failed"
    assert "git clone was tried 3 times" in found.message
    assert "s3cret" not in found.message
    assert place.pauses == [0.5, 1.0]


def test_empty_repository_has_no_revision(place: Place, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    git(tmp_path / "empty", "init", "--quiet")
    (found,) = place.refuse(url_of(tmp_path / "empty"))
    assert (found.code, "empty" in found.message) == ("fetch/no-revision", True)


def test_missing_git_is_told(place: Place, repo: Path) -> None:
    (found,) = place.refuse(url_of(repo), host={"PATH": "/nonexistent"})
    assert "no git on PATH" in found.message


def test_pack_in_the_app_is_copied(place: Place, tmp_path: Path) -> None:
    write_tree(tmp_path / "packs" / "own", {**PACK, "bin/compile": "own"})
    (tmp_path / "packs/own/link").symlink_to("bin/compile")
    (pack,) = place.fetch("./packs/own")
    (pack.dir / "bin/compile").write_text("spoilt")
    assert (tmp_path / "packs/own/bin/compile").read_text() == "own"
    assert (pack.dir / "link").is_symlink()


def test_assetbuild_under_another_name_is_refused(place: Place, tmp_path: Path) -> None:
    own = {**PACK, "assetbuild/buildpacks/refs.py": "", "bin/x": ""}
    repo = make_repo(tmp_path / "polyglot", own)
    (found,) = place.refuse(url_of(repo))
    assert found.code == "list/names-itself"


def test_lock_pins_a_branch_that_moved(place: Place, repo: Path) -> None:
    url = url_of(repo)
    (first,) = place.fetch(url)
    commit(repo, {"new": "2"})
    locked = (first.to_locked(),)
    assert place.fetch(url, locked=locked)[0].commit == first.commit
    fresh = PackStore(place.root / "fresh")
    assert place.fetch(url, locked=locked, store=fresh)[0].commit == first.commit


def test_locked_commit_that_left_the_history_is_a_hard_stop(place: Place, repo: Path) -> None:
    url = url_of(repo)
    sha = commit(repo, {"good": "1"})
    (first,) = place.fetch(url)
    # a stranger rewrote main; the server still gives out the old commit when asked by name
    git(repo, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(repo, "reset", "--quiet", "--hard", "HEAD~1")
    commit(repo, {"evil": "1"})
    store = PackStore(place.root / "fresh")
    (found,) = place.refuse(url, locked=(first.to_locked(),), store=store)
    assert found.code == "lock/revision-gone"
    assert sha in found.message
    assert "strangers" in (found.hint or "")


def test_locked_tree_that_differs_is_a_hard_stop(place: Place, repo: Path) -> None:
    url = url_of(repo)
    (first,) = place.fetch(url)
    locked = dataclasses.replace(first.to_locked(), tree="0" * 64)
    assert [one.code for one in place.refuse(url, locked=(locked,))] == ["lock/changed"]


def test_damaged_store_is_found_and_mended_by_the_next_build(place: Place, repo: Path) -> None:
    url = url_of(repo)
    place.fetch(url)
    next((place.root / "store/trees").glob("git-*/bin/compile")).write_text("evil")
    assert [one.code for one in place.refuse(url)] == ["fetch/store-damaged"]
    assert (place.fetch(url)[0].dir / "bin/compile").read_text() == PACK["bin/compile"]


def test_a_server_without_shallow_clones_gives_the_whole_history(place: Place, repo: Path) -> None:
    git(repo, "tag", "v1")
    first = git(repo, "rev-parse", "HEAD")
    commit(repo, {"new": "2"})
    git(repo, "gc", "--quiet")
    git(repo, "update-server-info")  # what a server of plain files needs: the "dumb" protocol
    with serve() as origin:
        for path in sorted((repo / ".git").rglob("*")):
            if path.is_file():
                name = path.relative_to(repo / ".git").as_posix()
                origin.files[f"/pack.git/{name}"] = path.read_bytes()
        (pack,) = place.fetch(f"{origin.url}/pack.git#v1")
        assert pack.commit == first
        assert read_tree(pack.dir).keys() == set(PACK)
        found = place.refuse(f"{origin.url}/pack.git#v2")
    assert [one.code for one in found] == ["fetch/no-revision"]
