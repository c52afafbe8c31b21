from __future__ import annotations

from pathlib import Path

import pytest

from assetbuild.buildpacks.owners import OWNERS_NAME
from assetbuild.diagnostics import AssetbuildError
from assetbuild.jobs.slug import copy_app, measure_slug, pack_slug, remove_ignored
from tests.support.chain import Log
from tests.support.tree import read_tree, write_tree


def test_an_app_is_copied_without_what_slugignore_names(tmp_path: Path) -> None:
    app = write_tree(
        tmp_path / "app",
        {
            ".git/config": "",
            ".slugignore": "*.psd\nspec/\n/docs\n!keep.psd\n",
            "a.psd": "",
            "lib/spec/one.rb": "",
            "lib/a.rb": "1",
            "docs/x": "",
            "lib/docs/y": "2",
            "spec.txt": "3",
        },
    )
    (app / "dead").symlink_to("nowhere")
    log = Log()
    copy_app(app, app / "build", log)
    names = set(read_tree(app / "build"))
    assert names == {".slugignore", "lib/a.rb", "lib/docs/y", "spec.txt", OWNERS_NAME}
    assert (app / "build/dead").is_symlink()
    assert [one.code for one in log.diagnostics] == ["slug/no-negation"]
    # the second build replaces the first, and does not copy it into itself
    write_tree(app / "build", {"stale": ""})
    copy_app(app, app / "build", log)
    assert set(read_tree(app / "build")) == names


def test_a_cache_in_the_apps_folder_is_no_part_of_the_slug(tmp_path: Path) -> None:
    app = write_tree(tmp_path / "app", {"a": "", ".cache-of-ci/assetbuild/site": "big"})
    copy_app(app, app / "build/slug", Log(), without=(app / ".cache-of-ci",))
    assert set(read_tree(app / "build/slug")) == {"a", OWNERS_NAME}


def test_a_folder_with_other_files_is_not_touched(tmp_path: Path) -> None:
    app = write_tree(tmp_path / "app", {"a": ""})
    out = write_tree(tmp_path / "out", {"precious": "1"})
    with pytest.raises(AssetbuildError) as caught:
        copy_app(app, out, Log())
    assert caught.value.diagnostics[0].code == "slug/out-in-use"
    assert set(read_tree(out)) == {"precious"}


def test_the_late_list_removes_whole_folders(tmp_path: Path) -> None:
    write_tree(
        tmp_path, {"node_modules/.cache/a/b": "", "node_modules/x.js": "", "a/.cache": "", "k": ""}
    )
    remove_ignored(tmp_path, ("node_modules/.cache", "*.js"))
    assert set(read_tree(tmp_path)) == {"a/.cache", "k"}


def test_a_slug_is_measured_and_packed_the_same_twice(tmp_path: Path) -> None:
    slug = write_tree(tmp_path / "slug", {"a.txt": "a" * 5000, "b/c": "c"})
    report = measure_slug(slug, budget_mb=300)
    assert (report.files, report.total, report.is_over) == (2, 5001, False)
    assert measure_slug(slug, budget_mb=0).is_over
    first = pack_slug(slug, tmp_path / "one.tgz")
    assert pack_slug(slug, tmp_path / "two.tgz") == first
    assert (tmp_path / "one.tgz").read_bytes() == (tmp_path / "two.tgz").read_bytes()
