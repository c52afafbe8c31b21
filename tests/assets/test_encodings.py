"""Precompressed variants: they decode to the file, are worth it, are made once, name no time."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from assetbuild.assets import encodings
from assetbuild.assets.cache import BuildCache
from assetbuild.assets.encodings import (
    Coding,
    Encodable,
    EncodeStats,
    VariantPlan,
    compress,
    decompress,
    encode_variants,
    plan_variants,
)
from assetbuild.assets.model import Variant
from assetbuild.config.images import VariantsConfig
from assetbuild.diagnostics import AssetbuildError
from assetbuild.digests import sha256_hex
from assetbuild.media import guess_media_type
from assetbuild.paths import LogicalPath

TEXT = b".icon { background: url(icons.png) no-repeat }\n" * 40
NOISE = random.Random(1).randbytes(9000)
ALL: tuple[Coding, ...] = ("br", "gzip", "zstd")
PLAN = plan_variants(VariantsConfig(codings=ALL), is_release=False)


def item(name: str, data: bytes) -> Encodable:
    return Encodable(
        logical=LogicalPath(name),
        hashed=f"x/{name}",
        media_type=guess_media_type(name),
        sha256=sha256_hex(data),
        size=len(data),
        read=lambda: data,
    )


def encode(
    items: Sequence[Encodable], plan: VariantPlan, *, cache: BuildCache | None = None, jobs: int = 0
) -> tuple[dict[str, bytes], Mapping[str, Mapping[str, Variant]], EncodeStats]:
    kept: dict[str, bytes] = {}
    found, stats = encode_variants(
        items, plan, cache=cache, jobs=jobs, keep=lambda path, data: kept.update({path: data})
    )
    return kept, found, stats


def refuse() -> bytes:
    raise AssertionError("read although the cache holds the variant")


@pytest.mark.parametrize("profile", ["fast", "best"])
@pytest.mark.parametrize("data", [TEXT, b"", b"a", NOISE[:5000]], ids=len)
def test_every_coding_gives_the_bytes_back(profile: str, data: bytes) -> None:
    config = VariantsConfig(codings=ALL, profile="fast" if profile == "fast" else "best")
    for coding, level in plan_variants(config, is_release=True).levels.items():
        assert decompress(compress(data, coding, level), coding, size=len(data)) == data


def test_gzip_has_no_time_and_no_name() -> None:
    header = compress(TEXT, "gzip", 6)[:10]
    assert header[:4] == b"\x1f\x8b\x08\x00"  # no flags: neither name nor comment
    assert header[4:8] == b"\0\0\0\0"
    assert header[9] == 255  # system: unknown


def test_variants_are_listed_with_size_and_digest() -> None:
    kept, found, stats = encode([item("app.css", TEXT)], PLAN)
    some = found["x/app.css"]
    assert {coding: one.path for coding, one in some.items()} == {
        "br": "x/app.css.br",
        "gzip": "x/app.css.gz",
        "zstd": "x/app.css.zst",
    }
    for one in some.values():
        data = kept.pop(one.path)
        assert (one.size, one.sha256) == (len(data), sha256_hex(data))
    assert kept == {}
    assert (stats.made, stats.cached, stats.kept) == (3, 0, 3)


def test_what_saves_too_little_or_is_compressed_already_has_no_variant() -> None:
    items = [
        item("noise.css", NOISE),
        item("photo.jpg", TEXT),
        item("empty.css", b""),
        item("tiny.js", b"a"),
    ]
    kept, found, stats = encode(items, PLAN)
    assert (kept, found) == ({}, {})
    assert stats.kept == 0


def test_the_limit_of_saving_is_obeyed() -> None:
    data = NOISE + b"a" * 1000  # a saving near 10 %
    keeps = plan_variants(VariantsConfig(codings=("gzip",), min_saving=9), is_release=False)
    drops = plan_variants(VariantsConfig(codings=("gzip",), min_saving=11), is_release=False)
    assert encode([item("a.css", data)], keeps)[2].kept == 1
    assert encode([item("a.css", data)], drops)[2].kept == 0


def test_what_took_time_is_never_compressed_again(tmp_path: Path) -> None:
    release = plan_variants(VariantsConfig(codings=ALL), is_release=True)
    cache = BuildCache(tmp_path)
    first, _, _ = encode([item("a.css", TEXT * 3), item("n.css", NOISE)], release, cache=cache)
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
        for data in (TEXT * 3, NOISE)
    ]
    second, _, stats = encode(again[:1], release, cache=BuildCache(tmp_path))
    assert stats == EncodeStats(made=0, cached=3, kept=3)
    assert second == {path.replace("x/a", "b"): data for path, data in first.items()}
    assert encode(again[1:], release, cache=BuildCache(tmp_path))[2].made == 0


def test_what_is_quicker_made_than_looked_up_is_not_cached(tmp_path: Path) -> None:
    _, _, stats = encode([item("a.css", TEXT)], PLAN, cache=BuildCache(tmp_path))
    assert stats.made == 3
    assert list(tmp_path.iterdir()) == []


def test_order_and_threads_do_not_matter() -> None:
    items = [item(f"{index}.css", TEXT * (index * 40 + 1)) for index in range(12)]
    one = encode(items, PLAN, jobs=1)
    other = encode(items[::-1], PLAN, jobs=4)
    assert list(one[1]) == list(other[1]) == sorted(one[1])
    assert one == other


def test_excluded_outputs_and_profile_off() -> None:
    excluding = plan_variants(VariantsConfig(exclude=("vendor/**",)), is_release=False)
    _, found, _ = encode([item("vendor/a.css", TEXT), item("a.css", TEXT)], excluding)
    assert list(found) == ["x/a.css"]
    off = plan_variants(VariantsConfig(profile="off"), is_release=True)
    assert encode([item("a.css", TEXT)], off)[1] == {}


def test_progress_ends_at_the_total() -> None:
    told: list[tuple[int, int]] = []
    encode_variants(
        [item("a.css", TEXT)],
        PLAN,
        cache=None,
        keep=lambda _path, _data: None,
        on_done=lambda *pair: told.append(pair),
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "_LIBRARIES", {"zstd": "assetbuild-no-such-library"})
    # what other tests looked up is remembered, and must not be lost to them
    monkeypatch.setattr(encodings, "_library_version", encodings._library_version.__wrapped__)
    plan = plan_variants(VariantsConfig(codings=("zstd",)), is_release=False)
    with pytest.raises(AssetbuildError) as caught:
        encode([item("a.css", TEXT)], plan)
    assert [one.code for one in caught.value.diagnostics] == ["variants/no-library"]


def test_source_maps_are_compressed_quickly() -> None:
    plan = plan_variants(VariantsConfig(), is_release=True)
    assert plan.level_of("br", "js/app.js") == 11
    assert plan.level_of("br", "js/app.js.map") == 5
    fast = plan_variants(VariantsConfig(), is_release=False)
    assert fast.level_of("br", "js/app.js") == fast.level_of("br", "js/app.js.map") == 5
