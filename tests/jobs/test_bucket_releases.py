"""A server whose slug is new answers for releases that only the bucket has."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from assetbuild.assets.model import Manifest
from assetbuild.jobs.bucket_releases import fetch_releases
from assetbuild.jobs.production import add_from_bucket
from assetbuild.jobs.publish import open_place, publish_assets
from assetbuild.reporting import TextReporter
from assetbuild.scratch import PromisedFolder
from assetbuild.serve.origin import FixedTable, Origin
from assetbuild.serve.site import load_site
from assetbuild.trees import remove_tree
from tests.support.built_app import OUTPUT, write_build
from tests.support.tree import write_tree


class Shop:
    """An app that is built anew for each release and publishes to a folder."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.bucket = project.parent / "bucket"
        self.env = {"ASSETBUILD_S3_URL": f"file://{self.bucket}", "DYNO": "web.1"}

    def release(self, text: str, *, keep: int = 2, limit_mb: int = 1) -> Manifest:
        remove_tree(self.project)
        write_tree(
            self.project,
            {
                "assetbuild.toml": f"[serve]\nkeep_previous = {keep}\nkeep_previous_mb = {limit_mb}\n"
            },
        )
        files = {"a.css": text.encode() * 50, "b.js": b"same"}
        manifest = write_build(self.project, files, gzipped=["a.css"])
        place = open_place(self.project, self.env, TextReporter(io.StringIO(), env={}))
        publish_assets(place, is_forced=False, is_dry=False, on_plan=lambda plan: None)
        return manifest

    def serve(self) -> tuple[Origin, str]:
        """Start as the production server does, and wait for what it does beside that."""
        source = FixedTable(load_site(self.project, env=self.env).table)
        told = io.StringIO()
        folder = PromisedFolder(self.project.parent / "fetched")
        add_from_bucket(source, self.project, folder, self.env, TextReporter(told, env={}))
        return Origin(source), told.getvalue()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


def ask(origin: Origin, manifest: Manifest, coding: str = "") -> tuple[int, object]:
    hashed = next(one.hashed for one in manifest.entries.values() if one.logical == "a.css")
    found = origin.answer("GET", "/assets/" + hashed, {"accept-encoding": coding})
    assert found is not None
    return found[0].status, found[1]


def test_earlier_releases_are_answered_with_their_own_bytes(shop: Shop) -> None:
    releases = [shop.release(text) for text in ("one", "two", "three", "four")]
    origin, told = shop.serve()
    assert "earlier releases read from the bucket: 2, 4 files" in told
    assert [ask(origin, one)[0] for one in releases] == [404, 200, 200, 200]
    assert ask(origin, releases[1]) == (200, b"two" * 50)
    # the coded form is the one that was published
    packed = ask(origin, releases[1], "gzip")[1]
    assert isinstance(packed, bytes)
    entry = next(one for one in releases[1].entries.values() if one.logical == "a.css")
    assert hashlib.sha256(packed).hexdigest() == entry.variants["gzip"].sha256


def test_damaged_object_is_never_served(shop: Shop) -> None:
    old = shop.release("old")
    hashed = next(one.hashed for one in old.entries.values() if one.logical == "a.css")
    new = shop.release("new")
    found = [one for one in shop.bucket.rglob("*") if one.is_file() and one.name == hashed]
    assert found
    for one in found:
        one.write_bytes(b"something else")
    origin, told = shop.serve()
    assert "read from the bucket: 0" in told
    assert [ask(origin, one)[0] for one in (old, new)] == [404, 200]


def test_bucket_that_is_away_costs_nothing_but_a_line(shop: Shop) -> None:
    current = shop.release("one")
    remove_tree(shop.bucket)
    shop.bucket.write_text("no folder")
    origin, told = shop.serve()
    assert told.count("\n") <= 1
    assert ask(origin, current)[0] == 200


@pytest.mark.parametrize("keep", [0, 2])
def test_nothing_is_fetched_without_a_bucket(shop: Shop, tmp_path: Path, keep: int) -> None:
    shop.release("one", keep=keep)
    assert fetch_releases(shop.project, {"DYNO": "web.1"}, PromisedFolder(tmp_path / "x")) is None
    assert not (tmp_path / "x").exists()
    assert (shop.project / OUTPUT / "manifest.json").is_file()
