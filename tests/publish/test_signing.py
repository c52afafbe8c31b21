"""Our signatures equal botocore's, and AWS's published example."""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone
from unittest import mock

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from assetbuild.publish.signing import (
    EMPTY_SHA256,
    Scope,
    encode_key,
    encode_query,
    sign_request,
)
from assetbuild.publish.target import Keys

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=timezone.utc)
SCOPE = Scope(keys=Keys(access_key="AKID", secret_key="secret"), now=NOW, region="eu-west-1")


def test_published_example_is_signed_alike() -> None:
    # "Example: GET Object" of the S3 API reference, signature calculation in a header
    scope = Scope(
        keys=Keys(
            access_key="AKIAIOSFODNN7EXAMPLE",
            secret_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ),
        now=datetime(2013, 5, 24, tzinfo=timezone.utc),
        region="us-east-1",
    )
    headers = {"host": "examplebucket.s3.amazonaws.com", "range": "bytes=0-9"}
    signed = sign_request("GET", "/test.txt", "", headers, EMPTY_SHA256, scope)
    assert signed["authorization"].endswith(
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )


@given(
    key=st.text(min_size=1).filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text)),
    value=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1),
    token=st.none() | st.just("session"),
)
@settings(max_examples=60)
def test_any_request_is_signed_as_botocore_does(key: str, value: str, token: str | None) -> None:
    path, query = encode_key(f"/bucket/{key}"), encode_query([("prefix", key), ("list-type", "2")])
    digest = hashlib.sha256(b"body").hexdigest()
    scope = Scope(
        keys=Keys(access_key="AKID", secret_key="secret", token=token), now=NOW, region="eu-west-1"
    )
    ours = sign_request("PUT", path, query, {"host": "h", "x-amz-meta-a": value}, digest, scope)
    request = AWSRequest(
        method="PUT",
        url=f"https://h{path}?{query}",
        headers={"X-Amz-Meta-A": value, "X-Amz-Content-SHA256": digest},
        data=b"body",
    )
    with mock.patch("botocore.auth.get_current_datetime", return_value=NOW):
        S3SigV4Auth(Credentials("AKID", "secret", token), "s3", "eu-west-1").add_auth(request)
    assert ours["authorization"] == request.headers["Authorization"]


def test_secret_shows_neither_in_what_is_sent_nor_in_a_representation() -> None:
    signed = sign_request("GET", "/", "", {"host": "h"}, EMPTY_SHA256, SCOPE)
    assert "secret" not in f"{signed} {SCOPE!r}"
