"""Runs that are killed, repeated, or at once leave what one undisturbed run leaves."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest

from assetbuild.diagnostics import AssetbuildError
from assetbuild.publish.prune import PruneLimits, prune
from tests.publish.remote import Remote, Stage, assert_whole, codes, is_asset_put
from tests.support.built_app import write_build, write_small_build
from tests.support.fault_proxy import Fault

STAGES: Mapping[str, Stage] = {
    "listing": lambda m, p: m == "GET" and "list-type" in p,
    "marker": lambda m, p: m == "PUT" and "uploads/" in p,
    "probe": lambda m, p: m == "PUT" and "abilities" in p,
    "leaf": lambda m, p: m == "PUT" and "/fonts/" in p,
    "entry": lambda m, p: m == "PUT" and "/js/" in p,
    "unhashed": lambda m, p: m == "PUT" and "robots.txt" in p,
    "manifest": lambda m, p: m == "PUT" and "manifests/" in p,
    "record": lambda m, p: m == "PUT" and "releases/" in p,
    "read back": lambda m, p: m == "GET" and "releases/2" in p,
    "unmark": lambda m, p: m == "DELETE" and "uploads/" in p,
}


def kill_at(remote: Remote, stage: Stage, *command: str) -> None:
    """Start a command (an upload) and kill it while the store works on a request of the stage."""
    fault = remote.proxy.add(Fault(action="hold", matches=stage, times=1))
    with remote.start(*(command or ("upload",))) as child:
        assert fault.reached.wait(20), child.communicate()
        child.send_signal(signal.SIGKILL)
        child.wait()
    fault.release.set()
    time.sleep(0.2)  # what was on its way arrives now


@pytest.mark.parametrize("stage", STAGES)
def test_kill_then_repeat_ends_in_the_same_remote(remote: Remote, stage: str) -> None:
    kill_at(remote, STAGES[stage])
    remote.upload()
    assert_whole(remote)


PARTS: Mapping[str, Stage] = {
    "begin": lambda m, p: m == "POST" and p.endswith("?uploads="),
    "part": lambda m, p: m == "PUT" and "partNumber=2" in p,
    "join": lambda m, p: m == "POST" and "uploadId" in p,
}


@pytest.mark.parametrize("stage", PARTS)
def test_kill_amid_the_parts_then_repeat_ends_in_the_same_remote(
    remote: Remote, stage: str
) -> None:
    write_build(remote.project, {"big.bin": bytes(range(256)) * 4096 * 17})
    kill_at(remote, PARTS[stage])
    remote.upload()
    assert_whole(remote)


def count_again(remote: Remote) -> tuple[int, int]:
    """Upload again and return how many objects were put, and how many were asked about."""
    before = len(remote.proxy.log)
    remote.upload()
    log = remote.proxy.log[before:]
    puts = [path for method, path, _ in log if is_asset_put(method, path)]
    return len(puts), sum(1 for method, _, _ in log if method == "HEAD")


def test_what_a_killed_run_had_put_is_neither_sent_again_nor_asked_about(remote: Remote) -> None:
    kill_at(remote, STAGES["unhashed"])
    # the second run knows what the first put, and the third both
    kill_at(remote, STAGES["manifest"])
    assert count_again(remote) == (0, 0)
    assert_whole(remote)


def test_header_that_changed_after_a_kill_is_seen(remote: Remote) -> None:
    kill_at(remote, STAGES["manifest"])
    with (remote.project / "assetbuild.toml").open("a") as file:
        file.write('[[rule]]\nglob = "img/**"\nheaders = { Cache-Control = "max-age=60" }\n')
    assert count_again(remote) == (3, 8)
    assert_whole(remote)


def put_two_releases(remote: Remote) -> None:
    remote.upload()
    write_build(remote.project, {"a.css": b"a{}", "b.css": b"b{}"})
    remote.upload()


ALL = PruneLimits(keep=1, min_age=timedelta(), is_below_floor_allowed=True)


def prune_now(remote: Remote, limits: PruneLimits, *, days: int = 0) -> list[str]:
    """Prune by a clock that is off; return the keys of the objects that went."""

    def now() -> datetime:
        return datetime.now(timezone.utc) + timedelta(days=days)

    with remote.open() as store:
        plan = prune(store, limits, now, is_applied=True, workers=4)
    return [one.key for one in plan.objects]


def test_clock_that_is_ahead_makes_nothing_old(remote: Remote) -> None:
    put_two_releases(remote)
    limits = PruneLimits(keep=1, is_below_floor_allowed=True)
    assert prune_now(remote, limits, days=400) == []
    assert len(remote.assets()) == 10


PRUNING = ("objects", "manifests", "records")


@pytest.mark.parametrize("stage", PRUNING)
def test_kill_amid_prune_then_repeat_leaves_the_kept_release_alone(
    remote: Remote, stage: str
) -> None:
    put_two_releases(remote)
    seen = 0

    def is_stage(method: str, path: str) -> bool:
        nonlocal seen
        # one key has a request of its own
        if method != "DELETE" and not (method == "POST" and "delete" in path):
            return False
        seen += 1
        return seen == PRUNING.index(stage) + 1

    options = ("--keep-releases", "1", "--min-age", "0d", "--below-floor", "--apply")
    kill_at(remote, is_stage, "prune", *options)
    prune_now(remote, ALL)
    assert len(remote.assets()) == 2
    assert sum(1 for key in remote.names() if "releases/" in key) == 1
    assert sum(1 for key in remote.names() if "manifests/" in key) == 1
    assert remote.upload().plan.puts == ()


def test_two_apps_below_one_prefix_keep_what_each_needs(remote: Remote) -> None:
    remote.upload({"HEROKU_APP_NAME": "staging"})
    remote.upload({"HEROKU_APP_NAME": "live"})
    for number in range(2):
        write_build(remote.project, {"a.css": b"a{}" * (number + 1)})
        remote.upload({"HEROKU_APP_NAME": "staging"})
    gone = prune_now(remote, ALL)
    # the first of the two a.css: staging has left it, and live, still at the first build, never had it
    assert [key.split(".")[0] for key in gone] == ["a"]
    assert len(remote.assets()) == 9
    write_small_build(remote.project)
    assert remote.upload({"HEROKU_APP_NAME": "live"}).plan.puts == ()


def test_two_uploads_at_once_both_succeed(remote: Remote) -> None:
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: remote.upload(), range(2)))
    assert all(one.record for one in results)
    assert remote.upload().plan.puts == ()
    assert len(remote.assets()) == 8
    assert not any("uploads/" in key for key in remote.names())


@pytest.mark.parametrize("stage", ["part", "join"])
def test_two_uploads_of_a_large_file_at_once_both_succeed(remote: Remote, stage: str) -> None:
    if stage == "part" and not remote.server.is_real:
        pytest.skip("moto answers 500 to a part of an upload that has ended")
    write_build(remote.project, {"big.bin": bytes(range(256)) * 4096 * 20})
    # one finds the parts of the other, or the other has joined them meanwhile
    fault = remote.proxy.add(Fault(action="hold", matches=PARTS[stage], times=1))
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(remote.upload)
        assert fault.reached.wait(10)
        second = pool.submit(remote.upload)
        assert second.result().record
        fault.release.set()
        assert first.result().record
    assert remote.upload().plan.puts == ()


def test_two_releases_at_once_leave_both_whole(remote: Remote) -> None:
    other = remote.project.parent / "other"
    other.mkdir()
    write_small_build(other, seed="2")
    second = Remote(server=remote.server, proxy=remote.proxy, project=other, prefix=remote.prefix)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: one.upload(), (remote, second)))
    hashed = remote.assets() - {"robots.txt"}
    assert len(hashed) == 13  # the font is the same in both
    assert sum(1 for key in remote.names() if "releases/" in key) == 2


def test_prune_refuses_while_an_upload_is_incomplete(remote: Remote) -> None:
    remote.proxy.add(
        Fault(action="answer", status=403, code="AccessDenied", matches=STAGES["manifest"])
    )
    with pytest.raises(AssetbuildError):
        remote.upload()
    with (
        remote.open() as store,
        pytest.raises(AssetbuildError) as caught,
    ):
        prune(
            store,
            PruneLimits(),
            lambda: datetime.now(timezone.utc),
            is_applied=True,
            workers=4,
        )
    assert codes(caught.value) == ["publish/incomplete-upload"]
