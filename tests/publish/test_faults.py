"""Every fault of a store and of a network ends in success, or in an error that says what to do."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from assetbuild.diagnostics import AssetbuildError
from assetbuild.jobs.publish import publish_assets
from assetbuild.publish.content import MULTIPART_FROM
from tests.publish.remote import BUCKET, Remote, assert_whole, codes, is_asset_put
from tests.support.built_app import write_build
from tests.support.fault_proxy import Action, Fault


def fail_with(
    remote: Remote, more: Mapping[str, str] | None = None, *, bucket: str = BUCKET
) -> AssetbuildError:
    with pytest.raises(AssetbuildError) as caught:
        remote.upload(more, bucket=bucket)
    assert caught.value.exit_code == 1
    assert all(one.hint for one in caught.value.diagnostics)
    assert remote.server.secret_key not in str(caught.value)
    return caught.value


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
    if remote.server.is_real:
        pytest.skip("the real server refuses the corrected time; test_real_server has its own")

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


def test_joining_that_says_200_and_ends_in_an_error_is_one(remote: Remote) -> None:
    write_build(remote.project, {"big.bin": bytes(MULTIPART_FROM)})
    remote.proxy.add(
        Fault(
            action="answer",
            status=200,
            code="InternalError",
            matches=lambda method, path: method == "POST" and "uploadId" in path,
        )
    )
    failure = fail_with(remote)
    assert codes(failure) == ["publish/store-unavailable"]
    assert "200 InternalError" in failure.diagnostics[0].message


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
    if remote.server.is_real:
        pytest.skip("the real server has one region")
    remote.proxy.add(
        Fault(
            action="answer",
            status=400,
            code="AuthorizationHeaderMalformed",
            extra="<Region>eu-west-1</Region>",
            when=lambda headers: "/eu-west-1/" not in headers["authorization"],
        )
    )
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
    assert codes(fail_with(remote, env)) == ["publish/unreachable"]
