"""Earlier releases' files beside the current ones: whole, verified, bounded, the same twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from assetbuild.assets.manifest import digest_manifest
from assetbuild.assets.model import Manifest
from assetbuild.serve.previous import Kept, keep_previous, read_previous
from assetbuild.serve.respond import respond
from assetbuild.serve.table import Mount, build_table
from tests.serve.site import write_site
from tests.support.tree import write_tree

LIMIT = 10_000
NOTHING = Kept(releases=0, files=0, size_bytes=0, left_out=0)


class Builds:
    """Builds one after the other, each into a new output folder, as slugs are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.count = 0

    def build(
        self, files: dict[str, bytes], *, keep: int = 2, limit_bytes: int = LIMIT
    ) -> tuple[Path, Manifest, Kept]:
        self.count += 1
        output = self.folder / f"slug-{self.count}"
        manifest = write_site(output, files, compressed=tuple(files))
        kept = keep_previous(output, self.store, keep=keep, limit_bytes=limit_bytes)
        return output, manifest, kept


@pytest.fixture
def builds(tmp_path: Path) -> Builds:
    return Builds(tmp_path)


def status(output: Path, current: Manifest, hashed: str) -> int:
    previous = [(one, str(output)) for one in read_previous(output)]
    table = build_table(current, folder=str(output), mount=Mount(), previous=previous)
    found = respond(table, "GET", "/assets/" + hashed, {})
    assert found is not None
    return found.status


def hashed_names(manifest: Manifest) -> list[str]:
    return [one.hashed for one in manifest.entries.values()]


def list_files(folder: Path) -> list[str]:
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


def test_pages_of_earlier_releases_still_find_their_files(builds: Builds) -> None:
    _, first, kept = builds.build({"a.css": b"1", "b.js": b"same"})
    assert kept == NOTHING
    _, second, kept = builds.build({"a.css": b"2", "b.js": b"same"})
    assert (kept.releases, kept.files) == (1, 3)  # the file and its two variants
    output, third, kept = builds.build({"a.css": b"3", "b.js": b"same"})
    assert (kept.releases, kept.files, kept.left_out) == (2, 6, 0)
    for one in (first, second, third):
        for name in hashed_names(one):
            assert status(output, third, name) == 200
            assert (output / name).is_file()
    # one more, and the first is gone, from the store too
    output, fourth, _ = builds.build({"a.css": b"4", "b.js": b"same"})
    assert [status(output, fourth, name) for name in hashed_names(first)] == [404, 200]
    stored = {path.stem for path in (builds.store / "manifests").iterdir()}
    assert stored == {digest_manifest(one) for one in (second, third, fourth)}
    assert len(list((builds.store / "files").iterdir())) == 3 * 3 + 3


def test_the_same_build_twice_is_one_release(builds: Builds) -> None:
    builds.build({"a.css": b"1"})
    output, _, first = builds.build({"a.css": b"2"})
    files = list_files(output)
    again = keep_previous(output, builds.store, keep=2, limit_bytes=LIMIT)
    assert (again, list_files(output)) == (first, files)
    # a rollback makes an earlier release the current one, and the later one an earlier
    output, current, kept = builds.build({"a.css": b"1"})
    assert (kept.releases, kept.files) == (1, 3)
    assert len(read_previous(output)) == 1
    assert digest_manifest(current) not in {path.stem for path in (output / "previous").iterdir()}


def test_output_folder_that_lasts_loses_what_is_kept_no_longer(builds: Builds) -> None:
    builds.build({"a.css": b"1", "same.js": b"x"})
    output, manifest, _ = builds.build(
        {"a.css": b"2", "same.js": b"x", "previous/mine.json": b"{}"}
    )
    before = list_files(output)
    assert keep_previous(output, builds.store, keep=0, limit_bytes=LIMIT) == NOTHING
    left = list_files(output)
    assert set(before) - set(left) == {
        *(f"a.6b86b273ff34.css{suffix}" for suffix in ("", ".br", ".gz")),
        next(one for one in before if one.startswith("previous/") and len(one) > 70),
    }
    # an app's own folder of that name is left alone
    assert all((output / name).is_file() for name in hashed_names(manifest))
    assert not builds.store.exists()


def test_release_that_is_too_large_is_left_out_whole(builds: Builds) -> None:
    builds.build({"a.css": b"1" * 20_000})
    output, _, kept = builds.build({"a.css": b"2" * 50})
    assert (kept.releases, kept.files) == (0, 0)
    assert len(read_previous(output)) == 0
    assert sum(one.stat().st_size for one in (builds.store / "files").iterdir()) < LIMIT
    _, _, kept = builds.build({"a.css": b"3" * 20_000})
    assert kept.releases == 1


def test_releases_that_are_too_large_together_are_left_out_from_the_oldest(builds: Builds) -> None:
    for text in ("1", "2"):
        builds.build({"a.css": text.encode() * (LIMIT * 6 // 10)})
    _, _, kept = builds.build({"a.css": b"3"})
    assert (kept.releases, kept.left_out) == (1, 1)
    assert kept.size_bytes <= LIMIT


@pytest.mark.parametrize("damage", ["file gone", "file cut", "manifest", "order", "odd order"])
def test_damaged_store_costs_releases_never_the_build(builds: Builds, damage: str) -> None:
    builds.build({"a.css": b"1"})
    file = next((builds.store / "files").iterdir())
    if damage == "file gone":
        file.unlink()
    elif damage == "file cut":
        file.write_bytes(b"")
    elif damage == "manifest":
        next((builds.store / "manifests").iterdir()).write_bytes(b"{")
    else:
        write_tree(builds.store, {"order.json": "{" if damage == "order" else '["../../x", 1]'})
    output, current, kept = builds.build({"a.css": b"2"})
    assert kept.releases == 0
    assert read_previous(output) == ()
    assert status(output, current, "a.6b86b273ff34.css") == 404
    # and the next build is well again
    assert builds.build({"a.css": b"3"})[2].releases == 1
