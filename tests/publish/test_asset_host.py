from __future__ import annotations

from pathlib import Path

import pytest

from assetbuild.publish.asset_host import judge_asset_host
from assetbuild.publish.target import S3Target, read_target

KEYS = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}
AWS = "s3://b/public/assets?region=eu-west-1"
OTHER = "s3://b/public/assets?endpoint=https://store.example:9000"
BEGIN = "ASSETBUILD_ASSET_HOST does not lead to the assets: pages ask for "


def judge(store: str, url: str) -> str | None:
    target = read_target({**KEYS, "ASSETBUILD_S3_URL": store}, Path())
    assert isinstance(target, S3Target)
    found = judge_asset_host(url, target)
    if found is None:
        return None
    assert (found.code, found.is_error) == ("publish/asset-host", False)
    return found.message.removeprefix(BEGIN)


@pytest.mark.parametrize(
    ("store", "url"),
    [
        (AWS, "/assets/"),  # the app serves them itself
        (AWS, "https://b.s3.amazonaws.com/public/assets/"),
        (AWS, "https://b.s3.eu-west-1.amazonaws.com/public/assets/"),
        (AWS, "https://b.s3.dualstack.eu-west-1.amazonaws.com/public/assets/"),
        (AWS, "https://s3.eu-west-1.amazonaws.com/b/public/assets/"),
        (AWS.replace("//b/", "//b.c/"), "https://b.c.s3.amazonaws.com/public/assets/"),
        (OTHER, "https://store.example:9000/b/public/assets/"),
        (OTHER, "https://b.store.example:9000/public/assets/"),
        # a CDN, with the origin path "/public", with "/public/assets" and without one
        (AWS, "https://cdn.example.com/assets/"),
        (AWS, "//cdn.example.com/"),
        (AWS, "https://cdn.example.com/public/assets/"),
    ],
)
def test_url_that_leads_to_the_keys_is_fine(store: str, url: str) -> None:
    assert judge(store, url) is None


@pytest.mark.parametrize(
    ("store", "url", "told"),
    [
        (
            AWS,
            "https://b.s3.amazonaws.com/assets/",
            '"b.s3.amazonaws.com/assets/…", and the keys begin with "public/assets/"',
        ),
        # the host was written with the assets' folder
        (
            OTHER,
            "https://store.example:9000/b/public/assets/assets/",
            '"store.example/b/public/assets/assets/…", and the keys begin with "public/assets/"',
        ),
        # a variable of the app that was promoted from
        (
            AWS,
            "https://staging.s3.amazonaws.com/public/assets/",
            '"staging.s3.amazonaws.com/public/assets/…", the bucket "staging", '
            'and "b" is published to',
        ),
        (
            "s3://b?region=eu-west-1",
            "https://cdn.example.com/assets/",
            '"cdn.example.com/assets/…", and the keys begin with ""',
        ),
    ],
)
def test_url_that_leads_elsewhere_is_told(store: str, url: str, told: str) -> None:
    assert judge(store, url) == told
