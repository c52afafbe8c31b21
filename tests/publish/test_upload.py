from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assetbuild.diagnostics import AssetbuildError
from assetbuild.jobs.verify import verify_assets
from assetbuild.publish.content import body_of_bytes
from assetbuild.publish.plan import Reason, Step
from tests.publish.remote import Remote, codes
from tests.support.built_app import OUTPUT, write_build, write_small_build
from tests.support.fault_proxy import Fault
from tests.support.processes import wait_for

BIG = bytes(range(256)) * 4096 * 20  # 20 MiB: three parts


def reasons(steps: Iterable[Step]) -> dict[str, Reason]:
    return {one.item.key: one.reason for one in steps}


def put_parts_but_the_last(remote: Remote) -> None:
    """Leave a large file as a run does that ended amid its parts."""
    write_build(remote.project, {"big.bin": BIG})
    fault = remote.proxy.add(
        Fault(
            action="answer",
            status=403,
            code="AccessDenied",
            matches=lambda _, path: "partNumber=3" in path,
        )
    )
    with pytest.raises(AssetbuildError):
        remote.upload()
    fault.times = 0


def test_first_upload_puts_everything_and_records_the_release(remote: Remote) -> None:
    result = remote.upload({"HEROKU_APP_NAME": "shop", "SOURCE_VERSION": "abc"})
    assert len(result.plan.puts) == 8
    assert {one.reason for one in result.plan.puts} == {Reason.NEW}
    keys = remote.names()
    assert sum(1 for key in keys if key.startswith(".assetbuild/releases/")) == 1
    assert sum(1 for key in keys if key.startswith(".assetbuild/manifests/")) == 1
    assert not any(key.startswith(".assetbuild/uploads/") for key in keys)
    assert len(remote.assets()) == 8


def test_second_upload_sends_two_requests_and_writes_nothing(remote: Remote) -> None:
    remote.upload()
    before = len(remote.proxy.log)
    result = remote.upload()
    assert (result.plan.puts, result.is_recorded_anew) == ((), False)
    assert [method for method, _, _ in remote.proxy.log[before:]] == ["GET", "GET"]


def test_objects_are_put_before_what_names_them_and_the_record_last(remote: Remote) -> None:
    remote.upload()
    puts = [
        path.partition(remote.prefix + "/")[2]
        for method, path, _ in remote.proxy.log
        if method == "PUT"
    ]

    def at(part: str) -> int:
        return next(index for index, path in enumerate(puts) if part in path)

    assert max(at("img/0"), at("img/1"), at("img/2")) < at("css/site")
    assert at("css/site") < at("js/app") < at("robots.txt") < at(".assetbuild/manifests")
    assert at(".assetbuild/manifests") < at(".assetbuild/releases") == len(puts) - 1


def test_objects_carry_their_headers(remote: Remote) -> None:
    manifest = write_small_build(remote.project)
    remote.upload()
    with remote.open() as store:
        css = next(one for one in manifest.entries.values() if one.logical == "css/site.css")
        held = store.describe(css.hashed)
        packed = store.describe(css.variants["gzip"].path)
        robots = store.describe("robots.txt")
    assert held is not None and packed is not None and robots is not None
    immutable = ("cache-control", "public, max-age=31536000, immutable")
    assert held.headers == (immutable, ("content-type", "text/css; charset=utf-8"))
    assert packed.headers == (
        immutable,
        ("content-encoding", "gzip"),
        ("content-type", "text/css; charset=utf-8"),
    )
    assert dict(robots.headers)["cache-control"] == "no-cache"


def test_only_changed_files_are_sent_in_the_next_release(remote: Remote) -> None:
    remote.upload()
    files = {"css/site.css": b"a{}" * 50, "robots.txt": b"new"}
    write_build(remote.project, files, unhashed=["robots.txt"])
    result = remote.upload()
    found = reasons(result.plan.puts)
    assert found.pop("robots.txt") is Reason.DIFFERS
    assert list(found.values()) == [Reason.NEW]
    assert result.changed_unhashed == ("robots.txt",)


def test_rollback_sends_nothing_and_is_recorded(remote: Remote) -> None:
    remote.upload()
    write_build(remote.project, {"a.css": b"a{}"})
    remote.upload()
    write_small_build(remote.project)
    result = remote.upload()
    assert result.plan.puts == ()
    assert result.is_recorded_anew


def test_changed_header_alone_is_mended(remote: Remote) -> None:
    remote.upload()
    with (remote.project / "assetbuild.toml").open("a") as file:
        file.write('[[rule]]\nglob = "css/**"\nheaders = { Cache-Control = "max-age=60" }\n')
    result = remote.upload()
    assert set(reasons(result.plan.puts).values()) == {Reason.HEADERS}
    assert len(result.plan.puts) == 2
    assert remote.upload().plan.puts == ()


def test_object_that_someone_overwrote_is_mended(remote: Remote) -> None:
    remote.upload()
    key = sorted(remote.assets())[0]
    with remote.open() as store:
        held = store.describe(key)
        assert held is not None
        store.put(key, body_of_bytes(b"x" * held.size), held.headers)
    assert reasons(remote.upload().plan.puts) == {key: Reason.DIFFERS}


def test_lost_ledger_costs_looks_but_sends_nothing(remote: Remote) -> None:
    remote.upload()
    with remote.open() as store:
        store.delete([one.key for one in store.list_objects(".assetbuild/")])
    before = remote.proxy.count("HEAD")
    result = remote.upload()
    assert result.plan.puts == ()
    assert remote.proxy.count("HEAD") - before == 8


def test_dry_run_tells_and_writes_nothing(remote: Remote) -> None:
    result = remote.upload(is_dry=True)
    assert (len(result.plan.puts), result.plan.put_requests) == (8, 8)
    assert remote.names() == set()
    assert remote.proxy.count("PUT") == 0


def test_force_puts_everything_again(remote: Remote) -> None:
    remote.upload()
    assert list(reasons(remote.upload(is_forced=True).plan.puts).values()) == [Reason.FORCED] * 8


def test_large_file_goes_in_parts(remote: Remote) -> None:
    write_build(remote.project, {"big.bin": BIG})
    remote.upload()
    assert remote.proxy.count("PUT", "partNumber") == 3
    assert remote.upload().plan.puts == ()


def test_parts_of_a_killed_run_are_used_again(remote: Remote) -> None:
    put_parts_but_the_last(remote)
    before = remote.proxy.count("PUT", "partNumber")
    remote.upload()
    assert remote.proxy.count("PUT", "partNumber") - before == 1


def test_parts_that_were_begun_with_other_headers_are_put_anew(remote: Remote) -> None:
    put_parts_but_the_last(remote)
    with (remote.project / "assetbuild.toml").open("a") as file:
        file.write('[[rule]]\nglob = "*.bin"\nheaders = { Cache-Control = "max-age=60" }\n')
    remote.upload()
    with remote.open() as store:
        held = store.describe(next(iter(remote.assets())))
    assert held is not None
    assert dict(held.headers)["cache-control"] == "max-age=60"


def test_parts_whose_joining_was_answered_to_nobody_are_there(remote: Remote) -> None:
    write_build(remote.project, {"big.bin": BIG})
    remote.proxy.add(
        Fault(action="truncate", matches=lambda m, p: m == "POST" and "uploadId" in p, times=1)
    )
    remote.upload()
    assert remote.proxy.count("PUT", "partNumber") == 3
    assert remote.upload().plan.puts == ()


def test_parts_go_at_once(remote: Remote) -> None:
    write_build(remote.project, {"big.bin": BIG})
    first = remote.proxy.add(
        Fault(action="hold", matches=lambda _, p: "partNumber=1" in p, times=1)
    )
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(remote.upload)
        assert first.reached.wait(10)
        wait_for(lambda: remote.proxy.count("PUT", "partNumber") == 2)
        first.release.set()
        assert running.result().record is not None


def test_every_missing_and_changed_file_is_told_before_any_put(remote: Remote) -> None:
    folder = remote.project / OUTPUT
    outputs = sorted(one for one in folder.rglob("*.png"))
    outputs[0].unlink()
    outputs[1].write_bytes(b"shorter")
    with pytest.raises(AssetbuildError) as caught:
        remote.upload()
    assert sorted(codes(caught.value)) == ["publish/changed-file", "publish/missing-file"]
    assert remote.proxy.log == []


def test_file_changed_without_changing_its_size_is_not_published(remote: Remote) -> None:
    picture = sorted((remote.project / OUTPUT).rglob("*.png"))[0]
    picture.write_bytes(b"!" * picture.stat().st_size)
    with pytest.raises(AssetbuildError) as caught:
        remote.upload()
    assert codes(caught.value) == ["publish/changed-file"]
    assert not any("releases" in key for key in remote.names())
    assert picture.name not in {Path(key).name for key in remote.assets()}


def test_file_changed_before_a_store_that_checks_is_told_at_once(remote: Remote) -> None:
    remote.proxy.checks_content = True
    for size in (100, 200_000):  # in one write with the head, and by the kernel
        write_build(remote.project, {"a.css": b"a{}", "b.png": b"b" * size})
        picture = next((remote.project / OUTPUT).rglob("*.png"))
        picture.write_bytes(b"!" * size)
        with pytest.raises(AssetbuildError) as caught:
            remote.upload()
        assert codes(caught.value) == ["publish/changed-file"]
        assert remote.proxy.count("PUT", picture.name) == 1
        assert picture.name not in remote.assets()
        picture.unlink()


def test_store_that_checks_gets_the_bytes_without_a_digest_of_ours(remote: Remote) -> None:
    remote.proxy.checks_content = True
    write_build(remote.project, {"a.css": b"a{}", "b.png": bytes(range(256)) * 1000})
    remote.proxy.add(
        Fault(action="corrupt", matches=lambda m, p: m == "PUT" and "b." in p, times=1)
    )
    assert len(remote.upload().plan.puts) == 2
    assert verify_assets(remote.place(), through=None).findings == ()


def test_missing_manifest_says_to_build(remote: Remote) -> None:
    (remote.project / OUTPUT / "manifest.json").unlink()
    with pytest.raises(AssetbuildError) as caught:
        remote.upload()
    assert codes(caught.value) == ["publish/missing-manifest"]


def test_put_on_condition_keeps_what_is_there_where_the_store_can(remote: Remote) -> None:
    with remote.open() as store:
        abilities = store.probe("probe")
        assert remote.server.is_real or abilities.conditional_put
        store.use_abilities(abilities)
        made = [
            store.put("k", body_of_bytes(text), (), only_if_absent=True).is_created
            for text in (b"1", b"2")
        ]
        assert made == [True, not abilities.conditional_put]
        assert store.read("k") == (b"1" if abilities.conditional_put else b"2")


def test_a_bucket_is_probed_once(remote: Remote) -> None:
    remote.upload()
    first = remote.proxy.count("PUT", "abilities.json")
    write_build(remote.project, {"a.css": b"a{}"})
    remote.upload()
    assert (first, remote.proxy.count("PUT", "abilities.json")) == (4, 4)
    with remote.open() as store:
        noted = json.loads(store.read(".assetbuild/abilities.json") or b"")
    assert noted.keys() == {"store", "conditional_put", "content_check"}
    assert remote.server.is_real or not noted["content_check"]  # moto takes any bytes
