"""Documents for a bucket: ours are known by their id, others' rules stay as they are."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from assetbuild.publish.bucket import write_cors, write_lifecycle, write_policy
from assetbuild.publish.target import S3Target, read_target

NS = "http://s3.amazonaws.com/doc/2006-03-01/"
THEIRS = (
    "<Rule><ID>theirs</ID><Filter><And><Prefix>a&amp;b/</Prefix><Tag><Key>k</Key>"
    "<Value>v</Value></Tag></And></Filter><Status>Enabled</Status></Rule>"
)


def target() -> S3Target:
    env = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    found = read_target({**env, "ASSETBUILD_S3_URL": "s3://shop/p?region=eu-west-1"}, Path())
    assert isinstance(found, S3Target)
    return found


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_policy_names_the_partition_of_its_region(region: str, partition: str) -> None:
    policy = json.loads(write_policy(replace(target(), region=region), with_prune=False))
    assert policy["Statement"][0]["Resource"] == f"arn:{partition}:s3:::shop"


def test_rules_of_others_stay_whole_and_ours_is_put_once() -> None:
    existing = f'<LifecycleConfiguration xmlns="{NS}">{THEIRS}</LifecycleConfiguration>'.encode()
    first = write_lifecycle("shop/", existing)
    assert first is not None and THEIRS.encode() in first
    assert write_lifecycle("shop/", first) is None
    # an app with another prefix has a rule of its own
    second = write_lifecycle("blog/", first)
    assert second is not None and second.count(b"<ID>assetbuild ") == 2


def test_rule_of_ours_that_was_changed_is_put_again() -> None:
    first = write_lifecycle("", None)
    assert first is not None and b"<ID>assetbuild</ID>" in first
    changed = first.replace(b"Enabled", b"Disabled")
    assert write_lifecycle("", changed) == first
    cors = write_cors(["*"], None)
    assert cors is not None
    assert (write_cors(["*"], cors), write_cors(["https://a.example"], cors)) == (
        None,
        cors.replace(b">*<", b">https://a.example<", 1),
    )
