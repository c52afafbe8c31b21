"""The cache: dependencies, damage, limits, a folder that cannot be written."""

from __future__ import annotations

import json
import multiprocessing
import os
import pwd
import time
from pathlib import Path

import pytest

from assetbuild.assets.cache import BuildCache, CachedResult
from assetbuild.assets.cache_dir import default_cache_dir
from assetbuild.assets.model import AbsentDep, Dep, FileDep, GlobDep, OptionDep, ToolDep
from assetbuild.diagnostics import AssetbuildError
from tests.support.tree import read_tree

KEY = "ab" * 32
DEPS: tuple[Dep, ...] = (
    FileDep("assets/_a.scss", "11"),
    AbsentDep("assets/a.css"),
    GlobDep("assets/*.png", "22"),
    ToolDep("libsass", "3.6"),
    OptionDep("minify", "true"),
)


def result(text: str, deps: tuple[Dep, ...] = DEPS) -> CachedResult:
    return CachedResult(deps=deps, meta={"type": "text/css"}, blobs={"content": text.encode()})


def always(_dep: Dep) -> bool:
    return True


def test_what_was_stored_is_loaded_with_its_dependencies(tmp_path: Path) -> None:
    cache = BuildCache(tmp_path)
    assert cache.load(KEY, always) is None
    cache.store(KEY, result("a{}"))
    assert BuildCache(tmp_path).load(KEY, always) == result("a{}")
    assert cache.diagnostics == ()


def test_each_set_of_dependencies_has_its_result(tmp_path: Path) -> None:
    cache = BuildCache(tmp_path)
    branches = {digest: (FileDep("_a.scss", digest),) for digest in ("one", "two")}
    for digest, deps in branches.items():
        cache.store(KEY, result(digest, deps))
    for digest, deps in branches.items():
        assert cache.load(KEY, deps.__contains__) == result(digest, deps)
    assert cache.load(KEY, lambda _dep: False) is None


def test_the_oldest_of_many_alternatives_is_forgotten(tmp_path: Path) -> None:
    cache = BuildCache(tmp_path)
    for number in range(12):
        cache.store(KEY, result(str(number), (FileDep("a", str(number)),)))
    kept = [n for n in range(12) if cache.load(KEY, (FileDep("a", str(n)),).__contains__)]
    assert kept == list(range(4, 12))


@pytest.mark.parametrize("kind", ["steps", "blobs"])
@pytest.mark.parametrize("damage", [b"", b"{", b"\x00" * 80])
def test_damaged_entry_is_told_removed_and_made_anew(
    tmp_path: Path, kind: str, damage: bytes
) -> None:
    cache = BuildCache(tmp_path)
    cache.store(KEY, result("a{}"))
    [path] = [one for one in (tmp_path / "v1" / kind).rglob("*") if one.is_file()]
    path.write_bytes(damage)
    assert cache.load(KEY, always) is None
    assert [one.code for one in cache.diagnostics] == ["cache/corrupt"]
    assert not path.exists()
    cache.store(KEY, result("a{}"))
    assert cache.load(KEY, always) == result("a{}")


def test_the_same_dependencies_are_kept_once(tmp_path: Path) -> None:
    cache = BuildCache(tmp_path)
    for text in ("old", "new"):
        cache.store(KEY, result(text))
    cache.store(KEY, result("other", ()))
    (path,) = (tmp_path / "v1/steps").rglob(KEY)
    assert len(json.loads(path.read_bytes().partition(b"\n")[2])) == 2
    assert cache.load(KEY, DEPS.__contains__) == result("other", ())
    assert cache.load(KEY, always) == result("other", ())


def test_a_hit_makes_an_entry_young_again_so_that_others_go_first(tmp_path: Path) -> None:
    cache = BuildCache(tmp_path)
    used, idle = "aa" * 32, "bb" * 32
    for key in (used, idle):
        cache.store(key, result(key))
    for path in tmp_path.rglob("*"):
        os.utime(path, (1, 1))
    assert cache.load(used, always) == result(used)
    left = cache.prune(cache.info().size_bytes // 2)
    assert left.files == 2, "its step and its blob"
    assert cache.load(used, always) == result(used)
    assert cache.load(idle, always) is None


def test_a_cache_is_pruned_once_a_day_and_only_by_who_wrote(tmp_path: Path) -> None:
    cache = BuildCache(tmp_path)
    cache.prune_when_due(0)
    assert read_tree(tmp_path) == {}
    cache.store(KEY, result("a{}"))
    BuildCache(tmp_path).prune_when_due(0)  # has written nothing
    assert cache.load(KEY, always) is not None
    cache.prune_when_due(0)
    assert cache.load(KEY, always) is None
    cache.store(KEY, result("a{}"))
    cache.prune_when_due(0)
    assert cache.load(KEY, always) is not None, "it was pruned a moment ago"
    later = BuildCache(tmp_path, clock=lambda: time.time() + 25 * 3600)
    later.store("cd" * 32, result("b{}"))
    later.prune_when_due(0)
    assert later.info().files == 0


def test_a_blob_that_was_pruned_is_a_miss(tmp_path: Path) -> None:
    cache = BuildCache(tmp_path)
    cache.store(KEY, result("a{}"))
    for path in (tmp_path / "v1/blobs").rglob("*"):
        if path.is_file():
            path.unlink()
    assert (cache.load(KEY, always), cache.diagnostics) == (None, ())


def test_prune_removes_what_was_used_longest_ago(tmp_path: Path) -> None:
    cache = BuildCache(tmp_path)
    keys = [f"{number:02d}" * 32 for number in range(4)]
    for age, key in enumerate(reversed(keys)):
        cache.store(key, result(key * 100))
        for path in tmp_path.rglob("*"):
            if path.is_file():
                os.utime(path, (path.stat().st_mtime - 10 * age,) * 2)
    before = cache.info()
    left = cache.prune(before.size_bytes // 2)
    assert left == cache.info()
    assert left.size_bytes <= before.size_bytes // 2
    assert [bool(cache.load(key, always)) for key in keys] == [True, True, False, False]
    assert cache.prune(0).files == 0


def test_prune_removes_leavings_of_killed_builds(tmp_path: Path) -> None:
    cache = BuildCache(tmp_path)
    cache.store(KEY, result("a{}"))
    old, new = tmp_path / "v1/blobs/.tmp-old", tmp_path / "v1/blobs/.tmp-new"
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (1, 1))
    cache.prune(10**9)
    assert (old.exists(), new.exists()) == (False, True)


def test_a_folder_that_cannot_be_written_is_one_warning(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = BuildCache(tmp_path / "file")
    for _ in range(3):
        cache.store(KEY, result("a{}"))
    assert [one.code for one in cache.diagnostics] == ["cache/unwritable"]
    assert cache.load(KEY, always) is None


def _write_many(folder: str, seed: int) -> None:
    cache = BuildCache(Path(folder))
    for number in range(60):
        key = f"{number % 7:02d}" * 32
        cache.store(key, result(str(number), (FileDep("a", f"{seed}-{number}"),)))
        found = cache.load(key, always)
        assert found is None or found.blobs["content"]
    assert cache.diagnostics == ()


def test_many_writers_never_spoil_an_entry(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(str(tmp_path), n)) for n in range(3)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert [one.exitcode for one in writers] == [0, 0, 0]
    assert not [name for name in read_tree(tmp_path) if ".tmp-" in name]


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"ASSETBUILD_CACHE_DIR": "/c", "XDG_CACHE_HOME": "/x"}, "/c"),
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/assetbuild"),
        ({"XDG_CACHE_HOME": "x", "HOME": "/h"}, "/h/.cache/assetbuild"),
        ({"ASSETBUILD_CACHE_DIR": "  ", "HOME": "/h"}, "/h/.cache/assetbuild"),
    ],
)
def test_default_folder_follows_the_environment(env: dict[str, str], expected: str) -> None:
    assert str(default_cache_dir(env)) == expected


def test_a_home_that_is_no_absolute_path_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = pwd.struct_passwd(("me", "x", 1, 1, "", "/home/me", "/bin/sh"))
    monkeypatch.setattr("pwd.getpwuid", lambda _uid: entry)
    assert str(default_cache_dir({"HOME": "h"})) == "/home/me/.cache/assetbuild"


@pytest.mark.parametrize("value", ["s3://bucket/x", "/a\nb", " /a", "/a\udce9"])
def test_a_folder_that_is_none_is_told(value: str) -> None:
    with pytest.raises(AssetbuildError, match="cache/bad-folder: ASSETBUILD_CACHE_DIR is '"):
        default_cache_dir({"ASSETBUILD_CACHE_DIR": value})


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_nobody(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr("pwd.getpwuid", find_nobody)
    with pytest.raises(AssetbuildError, match="cache/no-home: HOME names no folder"):
        default_cache_dir({"HOME": ""})
