from __future__ import annotations

from pathlib import Path

import pytest

from assetbuild.buildpacks.owners import OWNERS_NAME
from assetbuild.diagnostics import AssetbuildError
from assetbuild.jobs.chain import BuiltSlug
from assetbuild.jobs.slug import (
    SlugRequest,
    build_local_slug,
    copy_app,
    measure_slug,
    pack_slug,
    remove_ignored,
)
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


def build(app: Path, out: Path) -> BuiltSlug:
    request = SlugRequest(app=app, out=out, cache_dir=app.parent / "cache", is_isolated=False)
    return build_local_slug(request, host={}, reporter=Log())


def test_a_build_replaces_the_slug_before_and_a_failed_one_leaves_it(tmp_path: Path) -> None:
    compile_script = '#!/bin/sh\ncp "$1/wish" "$1/made"\n'
    app = write_tree(
        tmp_path / "app",
        {
            ".buildpacks": "./pack\n",
            "pack/bin/detect": "#!/bin/sh\necho pack\n",
            "pack/bin/compile": compile_script,
        },
    )
    out = app / "build"
    for _ in range(2):
        failed = build(app, out)
        assert [one.code for one in failed.failures] == ["pack/script-failed"]
        assert sorted(one.name for one in app.iterdir()) == [".buildpacks", "pack"]
    for wish in ("one", "two"):
        write_tree(app, {"wish": wish})
        assert build(app, out).ok
        # nor is a slug copied into itself
        names = set(read_tree(out))
        assert {".buildpacks", "made", "wish", OWNERS_NAME} <= names
        assert not any(one.startswith(("build", ".build.former")) for one in names)
    before = read_tree(out)
    (app / "wish").unlink()
    assert not build(app, out).ok
    assert read_tree(out) == before
    # as a killed build leaves it
    out.rename(app / ".build.former")
    write_tree(out, {"partial": "", OWNERS_NAME: "{}"})
    assert not build(app, out).ok
    assert read_tree(out) == before
    assert sorted(one.name for one in app.iterdir()) == [".buildpacks", "build", "pack"]


def test_a_cache_in_the_apps_folder_is_no_part_of_the_slug(tmp_path: Path) -> None:
    app = write_tree(tmp_path / "app", {"a": "", ".cache-of-ci/assetbuild/site": "big"})
    copy_app(app, app / "build/slug", Log(), without=(app / ".cache-of-ci",))
    assert set(read_tree(app / "build/slug")) == {"a", OWNERS_NAME}


def test_a_folder_with_other_files_is_not_touched(tmp_path: Path) -> None:
    app = write_tree(tmp_path / "app", {"a": ""})
    out = write_tree(tmp_path / "out", {"precious": "1"})
    with pytest.raises(AssetbuildError) as caught:
        build(app, out)
    assert caught.value.diagnostics[0].code == "slug/out-in-use"
    assert set(read_tree(out)) == {"precious"}
    with pytest.raises(AssetbuildError):
        build(app, out / "precious")
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
