"""The printed policy is enough, and no more than that: proved on a server that knows policies.

ASSETBUILD_TEST_S3_OTHER names a second user of the real server, as ARN,ACCESS_KEY,SECRET_KEY.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from assetbuild.diagnostics import AssetbuildError
from assetbuild.jobs.bucket import prune_bucket, set_up_bucket
from assetbuild.jobs.verify import verify_assets
from assetbuild.publish.prune import PruneLimits, PrunePlan
from assetbuild.publish.s3 import S3Store
from tests.publish.remote import Remote, codes
from tests.support.built_app import write_build

NAME = "assetbuild-policy"
LIMITS = PruneLimits(keep=1, min_age=timedelta(), is_below_floor_allowed=True)


@dataclass(frozen=True, kw_only=True)
class Guest:
    """The bucket as a user sees it who is not its owner."""

    owner: Remote
    remote: Remote  # as the other user
    arn: str

    def allow(self, *, with_prune: bool = False) -> None:
        """Give the other user what `assetbuild bucket setup` prints."""
        place = self.owner.place(bucket=NAME)
        printed = set_up_bucket(place, is_applied=False, with_prune=with_prune).policy
        document = json.loads(printed)
        for statement in document["Statement"]:
            statement["Principal"] = {"AWS": [self.arn]}
        self.put_policy(document)

    def put_policy(self, document: object) -> None:
        with self.open() as store:
            store.put_configuration("policy", json.dumps(document).encode())

    @contextlib.contextmanager
    def open(self) -> Iterator[S3Store]:
        with contextlib.closing(self.owner.server.open(bucket=NAME)) as store:
            yield store

    def prune(self) -> PrunePlan:
        place = self.remote.place(bucket=NAME)
        return prune_bucket(place, LIMITS, is_applied=True, on_plan=lambda _: None)


@pytest.fixture
def guest(remote: Remote) -> Guest:
    told = os.environ.get("ASSETBUILD_TEST_S3_OTHER")
    if told is None or not remote.server.is_real:
        pytest.skip("moto asks no policy; see make test-s3-ceph")
    arn, access_key, secret_key = told.split(",")
    remote.server.make_bucket(NAME)
    server = replace(remote.server, access_key=access_key, secret_key=secret_key)
    other = replace(remote, server=server)
    return Guest(owner=remote, remote=other, arn=arn)


def test_nothing_is_allowed_without_the_policy(guest: Guest) -> None:
    guest.put_policy({"Version": "2012-10-17", "Statement": []})
    with pytest.raises(AssetbuildError) as caught:
        guest.remote.upload(bucket=NAME)
    assert codes(caught.value) == ["publish/access-denied"]


def test_printed_policy_is_enough_to_publish(guest: Guest) -> None:
    guest.allow()
    # large enough for parts; a kill amid them is a matter of the same rights
    write_build(guest.remote.project, {"a.css": b"a{}", "big.bin": bytes(1024) * 17_000})
    assert len(guest.remote.upload(bucket=NAME).plan.puts) == 2
    assert guest.remote.upload(bucket=NAME).plan.puts == ()
    assert verify_assets(guest.remote.place(bucket=NAME), through=None).findings == ()


def test_pruning_needs_its_own_statement(guest: Guest) -> None:
    guest.allow()
    guest.remote.upload(bucket=NAME)
    write_build(guest.remote.project, {"b.css": b"b{}"})
    guest.remote.upload(bucket=NAME)
    with pytest.raises(AssetbuildError) as caught:
        guest.prune()
    assert codes(caught.value)[0] in {"publish/delete-failed", "publish/access-denied"}
    guest.allow(with_prune=True)
    assert len(guest.prune().objects) > 0
    assert guest.remote.upload(bucket=NAME).plan.puts == ()


def test_keys_beside_the_prefix_stay_closed(guest: Guest) -> None:
    guest.allow()
    beside = replace(guest.remote, prefix=guest.remote.prefix + "-beside")
    with pytest.raises(AssetbuildError) as caught:
        beside.upload(bucket=NAME)
    assert codes(caught.value) == ["publish/access-denied"]
