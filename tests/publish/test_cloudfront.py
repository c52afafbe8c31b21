"""CloudFront forgets names without a hash, and only those, and only when asked to."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from assetbuild.diagnostics import AssetbuildError
from assetbuild.publish.cloudfront import write_invalidation
from tests.publish.remote import Remote
from tests.publish.test_credentials import answering
from tests.support.built_app import write_build, write_small_build

_DONE = b"<Invalidation><Id>I1</Id><Status>InProgress</Status></Invalidation>"


def paths_of(data: bytes) -> list[str]:
    return [
        one.text or "" for one in ElementTree.fromstring(data).iter() if one.tag.endswith("}Path")
    ]


def test_only_changed_names_without_a_hash_are_forgotten(remote: Remote) -> None:
    with answering(201, _DONE) as (server, url):
        env = {
            "ASSETBUILD_CLOUDFRONT_DISTRIBUTION": "E1",
            "AWS_ENDPOINT_URL_CLOUDFRONT": url,
        }
        remote.upload(env)
        remote.upload(env)  # nothing changed: nothing is asked
        write_build(remote.project, {"robots.txt": b"new"}, unhashed=["robots.txt"])
        remote.upload(env)
    method, path, authorization = server.asked[0]
    assert len(server.asked) == 2
    assert (method, path) == ("POST", "/2020-05-31/distribution/E1/invalidation")
    assert "/us-east-1/cloudfront/aws4_request" in authorization
    for body in server.bodies:
        assert paths_of(body) == [f"/{remote.prefix}/robots.txt"]


def test_path_of_the_distribution_may_differ_from_the_prefix(remote: Remote) -> None:
    with answering(201, _DONE) as (server, url):
        remote.upload(
            {
                "ASSETBUILD_CLOUDFRONT_DISTRIBUTION": "E1",
                "ASSETBUILD_CLOUDFRONT_PATH": "/",
                "AWS_ENDPOINT_URL_CLOUDFRONT": url,
            }
        )
    assert paths_of(server.bodies[0]) == ["/robots.txt"]


def test_nothing_is_asked_without_a_distribution(remote: Remote) -> None:
    with answering(201, _DONE) as (server, url):
        remote.upload({"AWS_ENDPOINT_URL_CLOUDFRONT": url})
    assert server.asked == []


@pytest.mark.parametrize(
    ("status", "code", "expected", "hint"),
    [
        (404, "NoSuchDistribution", "publish/refused", "ASSETBUILD_CLOUDFRONT_DISTRIBUTION"),
        (403, "AccessDenied", "publish/access-denied", "bucket setup"),
    ],
)
def test_refusal_is_told_and_a_repeat_asks_again(
    remote: Remote, status: int, code: str, expected: str, hint: str
) -> None:
    document = (
        '<ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Error>'
        f"<Type>Sender</Type><Code>{code}</Code></Error></ErrorResponse>"
    )
    with answering(status, document.encode()) as (server, url):
        env = {"ASSETBUILD_CLOUDFRONT_DISTRIBUTION": "E1", "AWS_ENDPOINT_URL_CLOUDFRONT": url}
        with pytest.raises(AssetbuildError) as caught:
            remote.upload(env)
        # no record yet: the dynos do not start, and the next run tells CloudFront again
        assert not any("releases" in key for key in remote.names())
        server.status, server.data = 201, _DONE
        remote.upload(env)
    told = caught.value.diagnostics[0]
    assert (told.code, code in told.message) == (expected, True)
    assert hint in str(told.hint)
    assert paths_of(server.bodies[-1]) == [f"/{remote.prefix}/robots.txt"]


def test_motos_cloudfront_takes_the_request(remote: Remote) -> None:
    if remote.server.is_real:
        pytest.skip("the real server has no CloudFront; moto has one")
    import botocore.session

    # its methods are made at run time, from the service's description
    client: Any = botocore.session.Session().create_client(
        "cloudfront",
        region_name="us-east-1",
        endpoint_url=remote.server.endpoint,
        aws_access_key_id=remote.server.access_key,
        aws_secret_access_key=remote.server.secret_key,
    )
    origin = {
        "Id": "bucket",
        "DomainName": "b.s3.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    made = client.create_distribution(
        DistributionConfig={
            "CallerReference": remote.prefix,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {
                "TargetOriginId": "bucket",
                "ViewerProtocolPolicy": "allow-all",
            },
            "Comment": "",
            "Enabled": True,
        }
    )
    name = made["Distribution"]["Id"]
    write_small_build(remote.project)
    remote.upload(
        {
            "ASSETBUILD_CLOUDFRONT_DISTRIBUTION": name,
            "AWS_ENDPOINT_URL_CLOUDFRONT": remote.server.endpoint,
        }
    )
    asked = client.list_invalidations(DistributionId=name)["InvalidationList"]["Items"]
    batch = client.get_invalidation(DistributionId=name, Id=asked[0]["Id"])["Invalidation"]
    assert batch["InvalidationBatch"]["Paths"]["Items"] == [f"/{remote.prefix}/robots.txt"]


def test_more_paths_than_may_be_in_work_become_one() -> None:
    data = write_invalidation([f"/{n}.txt" for n in range(1001)], "r")
    assert paths_of(data) == ["/*"]
    assert paths_of(write_invalidation(["/a b/ü.txt"], "r")) == ["/a%20b/%C3%BC.txt"]
