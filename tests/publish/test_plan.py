from __future__ import annotations

from dataclasses import replace

import pytest

from assetbuild.assets.model import Manifest, ManifestEntry, Variant
from assetbuild.diagnostics import AssetbuildError
from assetbuild.paths import LogicalPath
from assetbuild.publish.headers import compile_header_rules
from assetbuild.publish.items import Item, LayoutOptions, lay_out, rank_entries
from assetbuild.publish.ledger import Known
from assetbuild.publish.plan import (
    Reason,
    count_put_requests,
    find_lost,
    judge_held,
    plan_upload,
    settle,
)
from assetbuild.publish.store import Held, Listed

ITEM = Item(
    key="a.1.css",
    file="a.1.css",
    size=3,
    sha256="aa",
    headers=(("content-type", "text/css"),),
    rank=0,
    is_hashed=True,
)
THERE = Listed(key="a.1.css", size=3, etag="e", modified_ms=5)
FACT = Known(3, "e", 5, "aa", ITEM.headers_digest)


def entry(name: str, *references: str, hashed: str | None = None, **variants: str) -> ManifestEntry:
    return ManifestEntry(
        logical=LogicalPath(name),
        hashed=hashed or f"h/{name}",
        sha256=name,
        size=1,
        media_type="text/css",
        integrity="",
        references=tuple(LogicalPath(one) for one in references),
        variants={
            coding: Variant(path=path, sha256=path, size=1) for coding, path in variants.items()
        },
    )


def manifest(*entries: ManifestEntry) -> Manifest:
    return Manifest(entries={one.logical: one for one in entries})


@pytest.mark.parametrize(
    ("listed", "known", "reason"),
    [
        (None, None, Reason.NEW),
        (None, FACT, Reason.NEW),
        (THERE, None, Reason.UNKNOWN),
        (THERE, FACT, Reason.SAME),
        (Listed(key="a.1.css", size=4, etag="e", modified_ms=5), FACT, Reason.DIFFERS),
        (THERE, Known(3, "e", 5, "bb", ITEM.headers_digest), Reason.DIFFERS),
        (THERE, Known(3, "e", 5, "aa", "other"), Reason.HEADERS),
        (THERE, Known(3, "e", 6, "aa", ITEM.headers_digest), Reason.UNKNOWN),
        (THERE, Known(3, "f", 5, "aa", ITEM.headers_digest), Reason.UNKNOWN),
    ],
)
def test_reason(listed: Listed | None, known: Known | None, reason: Reason) -> None:
    plan = plan_upload(
        [ITEM],
        {} if listed is None else {ITEM.key: listed},
        [] if known is None else [{ITEM.key: known}],
    )
    assert [one.reason for one in (*plan.puts, *plan.skips, *plan.checks)] == [reason]


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        (None, Reason.NEW),
        (("e", ITEM.headers, "aa", True), Reason.SAME),
        (("e", (), "aa", True), Reason.HEADERS),
        (("f", ITEM.headers, "aa", True), Reason.DIFFERS),
        (("kms", ITEM.headers, "aa", False), Reason.SAME),
        (("kms", ITEM.headers, None, False), Reason.DIFFERS),
    ],
)
def test_note_counts_only_where_the_etag_says_nothing(
    held: tuple[str, tuple[tuple[str, str], ...], str | None, bool] | None, reason: Reason
) -> None:
    found = None
    if held is not None:
        etag, headers, sha256, is_md5 = held
        found = Held(size=3, etag=etag, headers=headers, sha256=sha256, is_etag_md5=is_md5)
    assert judge_held(ITEM, found, "e") is reason


def test_newest_fact_wins() -> None:
    older = {ITEM.key: Known(3, "e", 5, "aa", "other")}
    assert plan_upload([ITEM], {ITEM.key: THERE}, [{ITEM.key: FACT}, older]).skips


def test_closing_listing_finds_what_is_gone_or_cut() -> None:
    assert find_lost([ITEM], {}, {}) == (ITEM,)
    assert find_lost([ITEM], {ITEM.key: THERE}, {}) == ()
    assert find_lost([ITEM], {ITEM.key: THERE}, {ITEM.key: "x"}) == (ITEM,)
    # an ETag of another form says nothing, the size does
    other = Listed(key=ITEM.key, size=3, etag="e-2", modified_ms=5)
    assert find_lost([ITEM], {ITEM.key: other}, {ITEM.key: "x"}) == ()
    assert find_lost([ITEM], {ITEM.key: replace(other, size=2)}, {ITEM.key: "x"}) == (ITEM,)


def test_what_the_store_had_to_be_asked_about_is_put_in_its_place() -> None:
    leaf, page = replace(ITEM, key="z.png"), replace(ITEM, key="a.css", rank=1)
    there = {leaf.key: replace(THERE, key=leaf.key)}
    plan = plan_upload([leaf, page], there, [])
    assert [one.item.key for one in plan.checks] == ["z.png"]
    settled = settle(plan, {"z.png": Reason.DIFFERS})
    assert [one.item.key for one in settled.puts] == ["z.png", "a.css"], "what is named comes first"
    assert settled.checks == ()


@pytest.mark.parametrize(("size", "requests"), [(0, 1), (16 * 2**20 - 1, 1), (16 * 2**20, 5)])
def test_requests_of_a_put(size: int, requests: int) -> None:
    assert count_put_requests(size) == requests


def test_ranks_follow_references_and_cycles_share_one() -> None:
    found = rank_entries(
        manifest(
            entry("page.css", "a.css"),
            entry("a.css", "b.css", "img.png"),
            entry("b.css", "a.css"),
            entry("img.png"),
            entry("robots.txt", hashed="robots.txt"),
            entry("self.css", "self.css"),
        )
    )
    assert found == {
        "img.png": 0,
        "self.css": 0,
        "a.css": 1,
        "b.css": 1,
        "page.css": 2,
        "robots.txt": 3,
    }


def test_chain_of_ten_thousand_references_is_ranked() -> None:
    chain = [entry(f"{n}.css", f"{n + 1}.css") for n in range(10_000)]
    assert rank_entries(manifest(*chain, entry("10000.css")))["0.css"] == 10_000


def test_variants_lie_under_their_own_keys() -> None:
    items = lay_out(manifest(entry("a.css", gzip="h/a.css.gz", br="h/a.css.br")), LayoutOptions())
    assert [(one.key, dict(one.headers).get("content-encoding")) for one in items] == [
        ("h/a.css", None),
        ("h/a.css.br", "br"),
        ("h/a.css.gz", "gzip"),
    ]


def test_gzip_mode_puts_the_gzip_bytes_under_the_main_key() -> None:
    source = manifest(entry("a.css", gzip="h/a.css.gz"), entry("b.png"))
    items = lay_out(source, LayoutOptions(variants="gzip"))
    assert [(one.key, one.file, dict(one.headers).get("content-encoding")) for one in items] == [
        ("h/a.css", "h/a.css.gz", "gzip"),
        ("h/b.png", "h/b.png", None),
    ]


def test_every_problem_of_a_layout_is_told() -> None:
    source = manifest(
        entry("a.css", lzma="h/a.xz"),
        entry("b.css", hashed=".assetbuild/b.css"),
        entry("c.css", hashed="c" * 1025),
        entry("d.css", hashed="same"),
        entry("e.css", hashed="same"),
    )
    rules = compile_header_rules([("a.css", {"X-Robots-Tag": "noindex"})])
    with pytest.raises(AssetbuildError) as caught:
        lay_out(source, LayoutOptions(rules=rules, variants="gzip"))
    assert {one.code for one in caught.value.diagnostics} == {
        "publish/key-clash",
        "publish/key-too-long",
        "publish/no-gzip-variant",
        "publish/reserved-key",
        "publish/unknown-coding",
        "publish/unstorable-header",
    }


@pytest.mark.parametrize(
    ("name", "prefix", "is_long"),
    [
        ("c" * 1024, "", False),
        ("c" * 1023, "é", True),
        ("é" * 512, "", False),
        ("é" * 513, "", True),
    ],
)
def test_the_length_of_a_key_is_counted_in_bytes_with_its_prefix(
    name: str, prefix: str, is_long: bool
) -> None:
    source, options = manifest(entry("a.css", hashed=name)), LayoutOptions(prefix=prefix)
    if not is_long:
        assert len(lay_out(source, options)) == 1
        return
    with pytest.raises(AssetbuildError, match="publish/key-too-long"):
        lay_out(source, options)


def test_header_that_the_cdn_adds_is_no_error() -> None:
    rules = compile_header_rules([("**", {"X-Robots-Tag": "noindex"})])
    options = LayoutOptions(rules=rules, added_elsewhere=["x-robots-tag"])
    assert len(lay_out(manifest(entry("a.css")), options)) == 1
