from __future__ import annotations

from pathlib import Path

import pytest

from assetbuild.diagnostics import AssetbuildError
from assetbuild.publish.target import FileTarget, Profile, S3Target, read_target

PROJECT = Path("/app")
KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "very-secret"}


def read(env: dict[str, str]) -> S3Target:
    target = read_target(env, PROJECT)
    assert isinstance(target, S3Target)
    return target


def fail(env: dict[str, str]) -> list[tuple[str, str]]:
    with pytest.raises(AssetbuildError) as caught:
        read_target(env, PROJECT)
    assert "very-secret" not in str(caught.value)
    return [(one.code, one.message) for one in caught.value.diagnostics]


def test_nothing_set_outside_a_dyno_is_the_embedded_store() -> None:
    assert read_target({}, PROJECT) == FileTarget(
        root=PROJECT / ".assetbuild/store", is_default=True
    )


def test_region_of_the_profile_counts_when_no_variable_names_one() -> None:
    env = {"ASSETBUILD_S3_URL": "s3://b", "AWS_PROFILE": "work"}
    target = read_target(env, PROJECT, ask_profile=lambda: Profile(region="eu-north-1"))
    assert isinstance(target, S3Target)
    assert (target.region, target.origins["region"]) == ("eu-north-1", "the AWS profile")
    assert read({**env, "AWS_REGION": "eu-west-1"}).region == "eu-west-1"
    (told,) = fail(env)
    assert told[1] == "the environment lacks AWS_REGION (or ?region= in ASSETBUILD_S3_URL)"


def test_endpoint_of_the_profile_counts_when_no_variable_names_one() -> None:
    env = {"ASSETBUILD_S3_URL": "s3://b", "AWS_PROFILE": "work"}

    def ask() -> Profile:
        return Profile(endpoint="https://store.example")

    # a profile counts beside keys, too, where it is named
    for more in ({}, KEYS):
        target = read_target({**env, **more}, PROJECT, ask_profile=ask)
        assert isinstance(target, S3Target)
        assert (target.endpoint, target.origins["endpoint"]) == (
            "https://store.example",
            "the AWS profile",
        )
    target = read_target(
        {**env, "AWS_ENDPOINT_URL": "https://other.example"}, PROJECT, ask_profile=ask
    )
    assert isinstance(target, S3Target)
    assert target.endpoint == "https://other.example"


def test_profile_is_not_asked_where_the_variables_tell_all() -> None:
    env = {"ASSETBUILD_S3_URL": "s3://b?region=x", **KEYS}
    for more in ({}, {"AWS_PROFILE": "work", "AWS_ENDPOINT_URL_S3": "https://store.example"}):
        read_target({**env, **more}, PROJECT, ask_profile=lambda: pytest.fail("asked"))


def test_configured_endpoints_are_left_alone_on_request() -> None:
    env = {**KEYS, "ASSETBUILD_S3_URL": "s3://b?region=x", "AWS_ENDPOINT_URL": "https://a.example"}
    env["AWS_ENDPOINT_URL_S3"] = "https://b.example"
    assert read(env).endpoint == "https://b.example"
    assert read({**env, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}).endpoint is None


def test_everything_missing_on_a_dyno_is_one_error() -> None:
    assert fail({"DYNO": "release.1"}) == [
        (
            "publish/missing-variable",
            "the environment lacks ASSETBUILD_S3_URL (or ASSETBUILD_S3_BUCKET), AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY, AWS_REGION (or ?region= in ASSETBUILD_S3_URL)",
        )
    ]


def test_url_says_bucket_prefix_and_options() -> None:
    target = read(
        {
            **KEYS,
            "ASSETBUILD_S3_URL": "s3://My-Bucket/a//b?region=auto&endpoint=https://r2.example&checksum=md5",
        }
    )
    assert (target.bucket, target.prefix, target.region) == ("My-Bucket", "a/b/", "auto")
    assert (target.endpoint, target.path_style, target.checksum) == (
        "https://r2.example",
        True,
        "md5",
    )
    assert target.acl is None


def test_separate_variables_are_read() -> None:
    target = read(
        {
            **KEYS,
            "ASSETBUILD_S3_BUCKET": "b",
            "ASSETBUILD_S3_PREFIX": "p",
            "ASSETBUILD_S3_REGION": "eu-west-1",
            "ASSETBUILD_S3_CONDITIONAL": "off",
        }
    )
    assert (target.bucket, target.prefix, target.region) == ("b", "p/", "eu-west-1")
    assert (target.conditional, target.path_style, target.endpoint) == ("off", False, None)


def test_bucketeer_is_recognised_and_told() -> None:
    target = read(
        {
            "DYNO": "release.1",
            "BUCKETEER_BUCKET_NAME": "bucketeer-1",
            "BUCKETEER_AWS_ACCESS_KEY_ID": "id",
            "BUCKETEER_AWS_SECRET_ACCESS_KEY": "very-secret",
            "BUCKETEER_AWS_REGION": "eu-west-1",
        }
    )
    assert (target.bucket, target.region) == ("bucketeer-1", "eu-west-1")
    assert target.prefix == "public/assets/"
    assert target.origins == {
        "bucket": "BUCKETEER_BUCKET_NAME",
        "credentials": "BUCKETEER_AWS_ACCESS_KEY_ID",
        "prefix": "Bucketeer: below it everyone may read",
        "region": "BUCKETEER_AWS_REGION",
    }


def test_half_an_addon_names_its_own_missing_variables() -> None:
    assert fail({"DYNO": "r.1", "BUCKETEER_AWS_ACCESS_KEY_ID": "id"}) == [
        (
            "publish/missing-variable",
            "the environment lacks BUCKETEER_BUCKET_NAME, BUCKETEER_AWS_SECRET_ACCESS_KEY, "
            "BUCKETEER_AWS_REGION (or ?region= in ASSETBUILD_S3_URL)",
        )
    ]


@pytest.mark.parametrize(
    ("more", "prefix"),
    [
        ({}, "abc123/public/assets/"),
        ({"ASSETBUILD_S3_PREFIX": "public/shop"}, "abc123/public/shop/"),
        ({"ASSETBUILD_S3_PREFIX": "/"}, "abc123/"),
    ],
)
def test_cloudcube_url_gives_bucket_and_prefix(more: dict[str, str], prefix: str) -> None:
    target = read(
        {
            "CLOUDCUBE_URL": "https://cloud-cube.s3.amazonaws.com/abc123",
            "CLOUDCUBE_ACCESS_KEY_ID": "id",
            "CLOUDCUBE_SECRET_ACCESS_KEY": "very-secret",
            **more,
        }
    )
    assert (target.bucket, target.prefix) == ("cloud-cube", prefix)


STACKHERO = {
    "DYNO": "r.1",
    "STACKHERO_MINIO_HOST": "x.stackhero-network.example",
    "STACKHERO_MINIO_ROOT_ACCESS_KEY": "id",
    "STACKHERO_MINIO_ROOT_SECRET_KEY": "very-secret",
}


def test_stackhero_brings_a_server_and_wants_a_bucket() -> None:
    target = read({**STACKHERO, "ASSETBUILD_S3_BUCKET": "assets"})
    assert (target.bucket, target.prefix, target.path_style) == ("assets", "", True)
    assert target.endpoint == "https://x.stackhero-network.example"
    assert fail(STACKHERO) == [
        ("publish/missing-variable", "the environment lacks ASSETBUILD_S3_BUCKET")
    ]


def test_addon_under_another_name_is_chosen() -> None:
    names = ("BUCKET_NAME", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    env = {f"ASSETS_{name}": "very-secret" for name in names}
    one = read({**env, "ASSETBUILD_S3_ADDON": "ASSETS", "BUCKETEER_BUCKET_NAME": "uploads"})
    assert (one.bucket, one.origins["bucket"]) == ("very-secret", "ASSETS_BUCKET_NAME")


def test_choice_between_two_addons_is_obeyed() -> None:
    env = {
        "ASSETBUILD_S3_ADDON": "CLOUDCUBE",
        "BUCKETEER_BUCKET_NAME": "uploads",
        "CLOUDCUBE_URL": "https://cloud-cube.s3.amazonaws.com/abc123",
        "CLOUDCUBE_ACCESS_KEY_ID": "id",
        "CLOUDCUBE_SECRET_ACCESS_KEY": "very-secret",
    }
    assert read(env).bucket == "cloud-cube"


def test_tigris_names_are_recognised() -> None:
    target = read(
        {
            **KEYS,
            "BUCKET_NAME": "b",
            "AWS_REGION": "auto",
            "AWS_ENDPOINT_URL_S3": "https://fly.storage.example",
        }
    )
    assert (target.bucket, target.endpoint) == ("b", "https://fly.storage.example")


def test_two_addons_want_a_choice() -> None:
    env = {
        "BUCKETEER_BUCKET_NAME": "a",
        "BUCKETEER_AWS_ACCESS_KEY_ID": "id",
        "BUCKETEER_AWS_SECRET_ACCESS_KEY": "very-secret",
        "BUCKETEER_AWS_REGION": "r",
        "CLOUDCUBE_URL": "https://c.s3.amazonaws.com/x",
    }
    assert fail(env)[0][0] == "publish/two-addons"


def test_web_identity_needs_no_keys() -> None:
    target = read(
        {
            "DYNO": "r.1",
            "ASSETBUILD_S3_URL": "s3://b?region=r",
            "AWS_WEB_IDENTITY_TOKEN_FILE": "/token",
        }
    )
    assert target.keys is None


@pytest.mark.parametrize(
    ("env", "code"),
    [
        ({"ASSETBUILD_S3_URL": "https://b.example/"}, "publish/bad-url"),
        ({"ASSETBUILD_S3_URL": "s3://id:very-secret@b/?region=r"}, "publish/bad-url"),
        ({"ASSETBUILD_S3_URL": "s3://b?regoin=r&region=r"}, "publish/bad-option"),
        ({"ASSETBUILD_S3_URL": "s3://b?region=r&checksum=crc"}, "publish/bad-option"),
        ({"ASSETBUILD_S3_URL": "s3://b?region=r&endpoint=ftp://x"}, "publish/bad-option"),
        ({"ASSETBUILD_S3_URL": "file:"}, "publish/bad-url"),
        ({"ASSETBUILD_S3_URL": "file://]"}, "publish/bad-url"),
    ],
)
def test_bad_urls_are_told_without_their_secrets(env: dict[str, str], code: str) -> None:
    assert fail({**KEYS, "DYNO": "r.1", **env})[0][0] == code


def test_keys_never_show() -> None:
    assert "very-secret" not in repr(read({**KEYS, "ASSETBUILD_S3_URL": "s3://b?region=r"}))
