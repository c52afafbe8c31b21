"""Every fault of a store and of a network ends in success, or in an error that says what to do."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from assetbuild.diagnostics import AssetbuildError
from assetbuild.jobs.publish import publish_assets
from assetbuild.publish.prune import PruneLimits, prune
from tests.publish.remote import BUCKET, Remote
from tests.support.built_app import write_build, write_small_build
from tests.support.fault_proxy import Action, Fault


def is_asset_put(method: str, path: str) -> bool:
    return method == "PUT" and ".assetbuild" not in path


def fail_with(remote: Remote, **more: str) -> AssetbuildError:
    with pytest.raises(AssetbuildError) as caught:
        remote.upload(**more)  # type: ignore[arg-type]
    assert caught.value.exit_code == 1
    assert all(one.hint for one in caught.value.diagnostics)
    assert remote.server.secret_key not in str(caught.value)
    return caught.value


def codes(failure: AssetbuildError) -> list[str]:
    return [one.code for one in failure.diagnostics]


def assert_whole(remote: Remote) -> None:
    """The remote is what one undisturbed upload leaves."""
    disturbed = remote.contents()
    twin = Remote(
        server=remote.server,
        proxy=remote.proxy,
        project=remote.project,
        prefix=remote.prefix + "-twin",
    )
    for one in remote.proxy.faults:
        one.times = 0
    twin.upload()
    assert disturbed == twin.contents()


@pytest.mark.parametrize(("status", "code"), [(500, "InternalError"), (503, "SlowDown"), (503, "")])
def test_errors_for_a_while_end_in_success(remote: Remote, status: int, code: str) -> None:
    remote.proxy.add(Fault(action="answer", status=status, code=code, times=3))
    remote.upload()
    assert_whole(remote)


def test_every_first_try_refused_loses_no_file(remote: Remote) -> None:
    # botocore's shared retry quota stored 3 of 300 files here
    seen: set[str] = set()

    def is_first(method: str, path: str) -> bool:
        if not is_asset_put(method, path) or path in seen:
            return False
        seen.add(path)
        return True

    remote.proxy.add(Fault(action="answer", status=500, code="InternalError", matches=is_first))
    remote.upload()
    assert_whole(remote)


@pytest.mark.parametrize(("status", "code"), [(500, "InternalError"), (503, "SlowDown")])
def test_errors_for_ever_end_in_an_error(remote: Remote, status: int, code: str) -> None:
    remote.proxy.add(Fault(action="answer", status=status, code=code, matches=is_asset_put))
    assert codes(fail_with(remote)) == ["publish/store-unavailable"]
    assert not any("releases" in key for key in remote.names())


def test_retry_after_is_obeyed(remote: Remote) -> None:
    remote.proxy.add(Fault(action="answer", headers={"Retry-After": "1"}, times=1))
    started = time.monotonic()
    remote.upload()
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize("action", ["reset", "truncate", "corrupt"])
def test_broken_transfers_end_in_success(remote: Remote, action: Action) -> None:
    remote.proxy.add(Fault(action=action, times=3))
    remote.upload()
    assert_whole(remote)


def test_wrong_bytes_kept_for_ever_end_in_an_error(remote: Remote) -> None:
    remote.proxy.add(
        Fault(action="corrupt", matches=lambda m, p: is_asset_put(m, p) and "fonts" in p)
    )
    failure = fail_with(remote)
    assert codes(failure)[0] in {"publish/wrong-content", "publish/store-unavailable"}
    assert not any("releases" in key for key in remote.names())


def test_object_that_vanishes_after_the_put_is_put_again(remote: Remote) -> None:
    remote.proxy.add(Fault(action="swallow", matches=is_asset_put, times=3))
    remote.upload()
    assert_whole(remote)


def test_object_that_always_vanishes_ends_in_an_error(remote: Remote) -> None:
    remote.proxy.add(
        Fault(action="swallow", matches=lambda m, p: is_asset_put(m, p) and "fonts" in p)
    )
    assert codes(fail_with(remote)) == ["publish/vanished"]
    assert not any("releases" in key for key in remote.names())


@pytest.mark.parametrize("minutes", [20, -20])
def test_clock_that_is_off_is_corrected_and_told(remote: Remote, minutes: int) -> None:
    def theirs() -> datetime:
        return datetime.now(timezone.utc) + timedelta(minutes=minutes)

    def is_off(headers: Mapping[str, str]) -> bool:
        signed = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
        return abs(signed.replace(tzinfo=timezone.utc) - theirs()) > timedelta(minutes=15)

    remote.proxy.add(
        Fault(
            action="answer",
            status=403,
            code="RequestTimeTooSkewed",
            headers={"Date": format_datetime(theirs(), usegmt=True)},
            when=is_off,
        )
    )
    if remote.server.is_real:
        pytest.skip("the real server refuses the corrected time; test_real_clock has its own")
    place = remote.place()
    publish_assets(place, is_forced=False, is_dry=False, on_plan=lambda _: None)
    assert place.store.notes == (
        f"this machine's clock is 20 minutes {'behind' if minutes > 0 else 'ahead of'} the store's",
    )
    assert_whole(remote)


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"])
def test_wrong_credentials_are_told_at_once(remote: Remote, code: str) -> None:
    remote.proxy.add(Fault(action="answer", status=403, code=code))
    assert codes(fail_with(remote)) == ["publish/bad-credentials"]
    assert len(remote.proxy.log) == 1


def test_missing_bucket_is_told(remote: Remote) -> None:
    assert codes(fail_with(remote, bucket="assetbuild-none")) == ["publish/no-bucket"]


def test_read_only_bucket_is_told_once(remote: Remote) -> None:
    remote.proxy.add(
        Fault(action="answer", status=403, code="AccessDenied", matches=lambda m, _: m == "PUT")
    )
    failure = fail_with(remote)
    assert codes(failure) == ["publish/access-denied"]
    assert "bucket setup" in str(failure.diagnostics[0].hint)
    assert remote.names() == set()


def test_bucket_in_another_region_is_found(remote: Remote) -> None:
    remote.proxy.add(
        Fault(
            action="answer",
            status=400,
            code="AuthorizationHeaderMalformed",
            extra="<Region>eu-west-1</Region>",
            when=lambda headers: "/eu-west-1/" not in headers["authorization"],
        )
    )
    if remote.server.is_real:
        pytest.skip("the real server has one region")
    remote.upload()
    assert_whole(remote)


def test_bucket_that_cannot_be_reached_in_its_region_names_it(remote: Remote) -> None:
    remote.proxy.add(
        Fault(
            action="answer",
            status=301,
            code="PermanentRedirect",
            headers={"x-amz-bucket-region": "eu-west-1"},
        )
    )
    failure = fail_with(remote)
    assert codes(failure) == ["publish/wrong-region"]
    assert "AWS_REGION=eu-west-1" in str(failure.diagnostics[0].hint)


def test_host_that_does_not_exist_is_told(remote: Remote) -> None:
    env = {"ASSETBUILD_S3_URL": "s3://b?region=x&endpoint=http://nowhere.invalid"}
    with pytest.raises(AssetbuildError) as caught:
        remote.upload(env)
    assert codes(caught.value) == ["publish/unreachable"]


STAGES = {
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


@pytest.mark.parametrize("stage", STAGES)
def test_kill_then_repeat_ends_in_the_same_remote(remote: Remote, stage: str) -> None:
    fault = remote.proxy.add(Fault(action="hold", matches=STAGES[stage], times=1))
    with remote.start("upload") as child:
        assert fault.reached.wait(20), child.communicate()
        child.send_signal(signal.SIGKILL)
        child.wait()
    fault.release.set()
    time.sleep(0.2)  # what was on its way arrives now
    remote.upload()
    assert_whole(remote)


PARTS = {
    "begin": lambda m, p: m == "POST" and p.endswith("?uploads="),
    "part": lambda m, p: m == "PUT" and "partNumber=2" in p,
    "join": lambda m, p: m == "POST" and "uploadId" in p,
}


@pytest.mark.parametrize("stage", PARTS)
def test_kill_amid_the_parts_then_repeat_ends_in_the_same_remote(
    remote: Remote, stage: str
) -> None:
    write_build(remote.project, {"big.bin": bytes(range(256)) * 4096 * 17})
    fault = remote.proxy.add(Fault(action="hold", matches=PARTS[stage], times=1))
    with remote.start("upload") as child:
        assert fault.reached.wait(20), child.communicate()
        child.send_signal(signal.SIGKILL)
        child.wait()
    fault.release.set()
    time.sleep(0.2)
    remote.upload()
    assert_whole(remote)


def test_what_a_killed_run_had_put_is_not_sent_again(remote: Remote) -> None:
    fault = remote.proxy.add(Fault(action="hold", matches=STAGES["manifest"], times=1))
    with remote.start("upload") as child:
        assert fault.reached.wait(20), child.communicate()
        child.send_signal(signal.SIGKILL)
        child.wait()
    fault.release.set()
    before = len(remote.proxy.log)
    remote.upload()
    again = [path for method, path, _ in remote.proxy.log[before:] if is_asset_put(method, path)]
    assert again == []


def put_two_releases(remote: Remote) -> None:
    remote.upload()
    write_build(remote.project, {"a.css": b"a{}", "b.css": b"b{}"})
    remote.upload()


ALL = PruneLimits(keep=1, min_age=timedelta(), is_below_floor_allowed=True)


def prune_now(remote: Remote, limits: PruneLimits, *, days: int = 0) -> list[str]:
    """Prune by a clock that is off; return the keys of the objects that went."""

    def now() -> datetime:
        return datetime.now(timezone.utc) + timedelta(days=days)

    store = remote.server.open(bucket=BUCKET, prefix=remote.prefix + "/")
    with contextlib.closing(store):
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

    fault = remote.proxy.add(Fault(action="hold", matches=is_stage, times=1))
    options = ("--keep-releases", "1", "--min-age", "0d", "--below-floor", "--apply")
    with remote.start("prune", *options) as child:
        assert fault.reached.wait(20), child.communicate()
        child.send_signal(signal.SIGKILL)
        child.wait()
    fault.release.set()
    time.sleep(0.2)
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
        contextlib.closing(remote.server.open(bucket=BUCKET, prefix=remote.prefix + "/")) as store,
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
