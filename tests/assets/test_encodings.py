"""Precompressed variants: they decode to the file, are worth it, are made once, name no time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from assetbuild.assets import encodings
from assetbuild.assets.cache import BuildCache
from assetbuild.assets.encodings import (
    Coding,
    Encodable,
    compress,
    decompress,
    encode_variants,
    iterate_paths,
    plan_variants,
)
from assetbuild.config.images import VariantsConfig
from assetbuild.diagnostics import AssetbuildError
from assetbuild.digests import sha256_hex
from assetbuild.media import guess_media_type
from assetbuild.paths import LogicalPath

TEXT = b".icon { background: url(icons.png) no-repeat }\n" * 40
ALL: tuple[Coding, ...] = ("br", "gzip", "zstd")
PLAN = plan_variants(VariantsConfig(codings=ALL), is_dev=True)


def item(name: str, data: bytes) -> Encodable:
    return Encodable(
        logical=LogicalPath(name),
        hashed=f"x/{name}",
        media_type=guess_media_type(name),
        sha256=sha256_hex(data),
        size=len(data),
        read=lambda: data,
    )


def refuse() -> bytes:
    raise AssertionError("read although the cache holds the variant")


@pytest.mark.parametrize("profile", ["fast", "best"])
@pytest.mark.parametrize("data", [TEXT, b"", b"a", os.urandom(5000)], ids=len)
def test_every_coding_gives_the_bytes_back(profile: str, data: bytes) -> None:
    config = VariantsConfig(codings=ALL, profile="fast" if profile == "fast" else "best")
    for coding, level in plan_variants(config, is_dev=False).levels.items():
        assert decompress(compress(data, coding, level), coding, size=len(data)) == data


def test_gzip_has_no_time_and_no_name() -> None:
    header = compress(TEXT, "gzip", 6)[:10]
    assert header[:4] == b"\x1f\x8b\x08\x00"  # no flags: neither name nor comment
    assert header[4:8] == b"\0\0\0\0"
    assert header[9] == 255  # system: unknown


def test_variants_are_listed_with_size_and_digest() -> None:
    found, stats = encode_variants([item("app.css", TEXT)], PLAN, cache=None)
    some = found["x/app.css"]
    assert [one.variant.path for one in some] == [
        "x/app.css.br",
        "x/app.css.gz",
        "x/app.css.zst",
    ]
    for one in some:
        assert (one.variant.size, one.variant.sha256) == (len(one.data), sha256_hex(one.data))
    assert (stats.made, stats.cached, stats.kept) == (3, 0, 3)
    assert [path for path, _ in iterate_paths(found)] == [one.variant.path for one in some]


def test_what_saves_too_little_or_is_compressed_already_has_no_variant() -> None:
    items = [
        item("noise.css", os.urandom(4000)),
        item("photo.jpg", TEXT),
        item("empty.css", b""),
        item("tiny.js", b"a"),
    ]
    found, stats = encode_variants(items, PLAN, cache=None)
    assert found == {}
    assert stats.kept == 0


def test_the_limit_of_saving_is_obeyed() -> None:
    data = os.urandom(9000) + b"a" * 1000  # a saving near 10 %
    keeps = plan_variants(VariantsConfig(codings=("gzip",), min_saving=9), is_dev=True)
    drops = plan_variants(VariantsConfig(codings=("gzip",), min_saving=11), is_dev=True)
    assert encode_variants([item("a.css", data)], keeps, cache=None)[1].kept == 1
    assert encode_variants([item("a.css", data)], drops, cache=None)[1].kept == 0


def test_the_same_bytes_are_never_compressed_again(tmp_path: Path) -> None:
    cache = BuildCache(tmp_path)
    noise = os.urandom(3000)
    first, _ = encode_variants([item("a.css", TEXT), item("n.css", noise)], PLAN, cache=cache)
    again = [
        # another name, the same bytes; and one whose variants were not worth it
        Encodable(
            logical=LogicalPath("b.css"),
            hashed="b.css",
            media_type="text/css",
            sha256=sha256_hex(data),
            size=len(data),
            read=refuse,
        )
        for data in (TEXT, noise)
    ]
    second, stats = encode_variants(again[:1], PLAN, cache=BuildCache(tmp_path))
    assert stats == encodings.EncodeStats(made=0, cached=3, kept=3)
    assert [one.data for one in second["b.css"]] == [one.data for one in first["x/a.css"]]
    assert encode_variants(again[1:], PLAN, cache=BuildCache(tmp_path))[1].made == 0


def test_order_and_threads_do_not_matter() -> None:
    items = [item(f"{index}.css", TEXT * (index + 1)) for index in range(12)]
    one, _ = encode_variants(items, PLAN, cache=None, jobs=1)
    other, _ = encode_variants(items[::-1], PLAN, cache=None, jobs=4)
    assert list(one) == list(other) == sorted(one)
    assert one == other


def test_excluded_outputs_and_profile_off() -> None:
    excluding = plan_variants(VariantsConfig(exclude=("vendor/**",)), is_dev=True)
    found, _ = encode_variants(
        [item("vendor/a.css", TEXT), item("a.css", TEXT)], excluding, cache=None
    )
    assert list(found) == ["x/a.css"]
    off = plan_variants(VariantsConfig(profile="off"), is_dev=False)
    assert encode_variants([item("a.css", TEXT)], off, cache=None)[0] == {}


def test_progress_ends_at_the_total() -> None:
    told: list[tuple[int, int]] = []
    encode_variants(
        [item("a.css", TEXT)], PLAN, cache=None, on_done=lambda *pair: told.append(pair)
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "_LIBRARIES", {"zstd": "assetbuild-no-such-library"})
    encodings._library_version.cache_clear()
    plan = plan_variants(VariantsConfig(codings=("zstd",)), is_dev=True)
    with pytest.raises(AssetbuildError) as caught:
        encode_variants([item("a.css", TEXT)], plan, cache=None)
    encodings._library_version.cache_clear()
    assert [one.code for one in caught.value.diagnostics] == ["variants/no-library"]


def test_source_maps_are_compressed_quickly() -> None:
    plan = plan_variants(VariantsConfig(), is_dev=False)
    assert plan.level_of("br", "js/app.js") == 11
    assert plan.level_of("br", "js/app.js.map") == 5
    fast = plan_variants(VariantsConfig(), is_dev=True)
    assert fast.level_of("br", "js/app.js") == fast.level_of("br", "js/app.js.map") == 5
