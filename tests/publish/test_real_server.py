"""What only a server that checks can prove, and TLS straight to it. moto accepts all of it."""

from __future__ import annotations

import contextlib
import io
import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from assetbuild.diagnostics import AssetbuildError
from assetbuild.jobs.bucket import BucketSetup, set_up_bucket
from assetbuild.jobs.publish import open_place, publish_assets
from assetbuild.jobs.verify import verify_assets
from assetbuild.publish.calls import Call, Caller, Timing
from assetbuild.publish.content import body_of_bytes
from assetbuild.publish.retry import RetryPolicy
from assetbuild.publish.s3 import S3Store, endpoint_of
from assetbuild.publish.store import Body
from assetbuild.publish.target import S3Target, read_target
from assetbuild.publish.wire import Wire
from assetbuild.reporting import TextReporter
from tests.publish.remote import BUCKET, Remote, codes
from tests.support.built_app import write_build
from tests.support.fault_proxy import Fault
from tests.support.s3_server import S3Server


@pytest.fixture
def real(s3_server: S3Server) -> Iterator[S3Server]:
    if not s3_server.is_real:
        pytest.skip("moto accepts wrong secrets and checksums; see make test-s3-real")
    yield s3_server


def open_at(server: S3Server, now: datetime, *, prefix: str = "x") -> tuple[S3Store, Caller]:
    target = read_target(server.env(bucket=BUCKET, prefix=prefix), Path())
    assert isinstance(target, S3Target) and target.keys is not None
    keys = target.keys
    offset = now - datetime.now(timezone.utc)
    caller = Caller(
        Wire(endpoint_of(target), ca_file=server.ca_file),
        keys=lambda: keys,
        region=target.region,
        policy=RetryPolicy(attempts=2),
        timing=Timing(
            now=lambda: datetime.now(timezone.utc) + offset,
            sleep=time.sleep,
            jitter=random.random,
        ),
        label=target.label,
    )
    return S3Store(target, caller), caller


def test_upload_straight_to_the_server_and_verify(remote: Remote) -> None:
    # over TLS too: in one write, in blocks, and in parts
    sizes = {"a.css": 3, "b.png": 300_000, "c.bin": 17_000_000}
    write_build(remote.project, {name: b"abc" * (size // 3) for name, size in sizes.items()})
    straight = remote.server.env(bucket=BUCKET, prefix=remote.prefix)
    place = remote.place(straight)
    publish_assets(place, is_forced=False, is_dry=False, on_plan=lambda _: None)
    result = verify_assets(remote.place(straight), through=None)
    assert result.checked == 3
    assert [one for one in result.findings if one.is_error] == []


@pytest.mark.parametrize("minutes", [-20, 20])
def test_real_clock_difference_is_corrected(real: S3Server, minutes: int) -> None:
    store, caller = open_at(real, datetime.now(timezone.utc) + timedelta(minutes=minutes))
    with contextlib.closing(store):
        list(store.list_objects())
    # moto never minds, and some stores allow a difference: then nothing is corrected
    assert all("20 minutes" in one for one in caller.notes)


def test_wrong_secret_is_refused(real: S3Server, remote: Remote) -> None:
    with pytest.raises(AssetbuildError) as caught:
        remote.upload({"AWS_SECRET_ACCESS_KEY": "wrong-secret-wrong"})
    assert codes(caught.value) == ["publish/bad-credentials"]
    assert "wrong-secret" not in str(caught.value)


def test_wrong_checksum_is_refused(real: S3Server) -> None:
    store, _ = open_at(real, datetime.now(timezone.utc))
    honest = body_of_bytes(b"content")
    lying = Body(size=honest.size, sha256="0" * 64, data=honest.data)
    with contextlib.closing(store):
        with pytest.raises(AssetbuildError):
            store.put("checksum", lying, ())
        assert store.describe("checksum") is None


def test_conditional_put_is_obeyed_or_known_not_to_be(real: S3Server) -> None:
    store, _ = open_at(real, datetime.now(timezone.utc))
    with contextlib.closing(store):
        abilities = store.probe("probe")
        store.use_abilities(abilities)
        store.delete(["once"])
        body = body_of_bytes(b"1")
        created = [store.put("once", body, (), only_if_absent=True).is_created for _ in range(2)]
    assert created == [True, not abilities.conditional_put]
    assert abilities.content_check


def test_bucket_that_is_not_ours_is_refused(real: S3Server) -> None:
    store, caller = open_at(real, datetime.now(timezone.utc))
    with contextlib.closing(store), pytest.raises(AssetbuildError) as caught:
        caller.call(Call(method="PUT", path="/not-ours-at-all/x", purpose="put elsewhere"))
    assert codes(caught.value)[0] in {"publish/no-bucket", "publish/access-denied"}


def test_names_of_every_kind_survive(remote: Remote) -> None:
    names = sorted(
        [
            "a b.css",
            "a+b.css",
            "ä/ö.css",
            "100%.css",
            "a&b<c>.css",
            "q?x#y.css",
            "~t'()!*.css",
            "日本.css",
        ]
    )
    with remote.open() as store:
        for name in names:
            store.put(name, body_of_bytes(name.encode()), (("content-type", "text/css"),))
        assert sorted(one.key for one in store.list_objects()) == names
        assert [store.read(name) for name in names] == [name.encode() for name in names]
        assert store.delete(names) == ()
        assert list(store.list_objects()) == []


def set_up_twice(remote: Remote, kind: str, theirs: bytes) -> tuple[BucketSetup, BucketSetup, str]:
    """Set up a bucket that has others' configuration twice; return both, and what it has then."""
    bucket = f"assetbuild-{kind}"
    remote.server.make_bucket(bucket)
    with contextlib.closing(remote.server.open(bucket=bucket)) as store:
        store.put_configuration(kind, theirs)
        first = set_up_bucket(remote.place(bucket=bucket), is_applied=True, with_prune=True)
        again = set_up_bucket(remote.place(bucket=bucket), is_applied=True, with_prune=True)
        return first, again, (store.read_configuration(kind) or b"").decode()


def test_cors_is_put_once_and_others_rules_stay(remote: Remote) -> None:
    theirs = (
        b'<CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><CORSRule>'
        b"<ID>theirs</ID><AllowedOrigin>https://a.example</AllowedOrigin>"
        b"<AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>"
    )
    first, again, held = set_up_twice(remote, "cors", theirs)
    assert (first.is_applied, again.is_applied, again.cors) == (True, False, None)
    assert "https://a.example" in held and "<ID>assetbuild</ID>" in held


def test_rule_for_unfinished_uploads_is_put_once_and_others_rules_stay(remote: Remote) -> None:
    theirs = (
        b'<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule>'
        b"<ID>theirs</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status>"
        b"<Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>"
    )
    first, again, held = set_up_twice(remote, "lifecycle", theirs)
    assert first.is_applied
    assert (again.is_applied, again.cors, again.lifecycle) == (False, None, None)
    assert "<Days>30</Days>" in held and "<Prefix>logs/</Prefix>" in held
    assert f"<ID>assetbuild {remote.prefix}/</ID>" in held
    assert "<DaysAfterInitiation>7</DaysAfterInitiation>" in held


def test_store_without_lifecycles_is_told_and_gets_its_cors(remote: Remote) -> None:
    remote.proxy.add(
        Fault(
            action="answer",
            status=501,
            code="NotImplemented",
            matches=lambda _, path: path.endswith("?lifecycle="),
        )
    )
    bucket = "assetbuild-plain"
    remote.server.make_bucket(bucket)
    told = io.StringIO()
    place = open_place(remote.project, remote.env(bucket=bucket), TextReporter(told, env={}))
    done = set_up_bucket(place, is_applied=True, with_prune=False)
    assert done.lifecycle is None
    assert "publish/no-lifecycle" in told.getvalue() and "NotImplemented" in told.getvalue()
