"""AWS Signature Version 4, as pure text work.

In: a request's parts, keys, and the time. Out: the headers to add. Why ours: the clock is an
argument here, so a clock that is off is corrected and tests are exact; importing botocore's signer
alone would cost a third of the start of ``assetbuild upload`` (docs/explanation/publishing.md).
Checked against botocore's in tests/publish/test_signing.py.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from assetbuild.digests import sha256_hex
from assetbuild.publish.target import Keys

EMPTY_SHA256 = sha256_hex(b"")

# a proxy may change or drop these, so they must not be signed
_UNSIGNED = frozenset({"connection", "content-length", "expect", "user-agent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Who signs, when, and for what."""

    keys: Keys  # who
    now: datetime  # UTC, as the store's clock has it
    region: str  # "us-east-1"
    service: str = "s3"  # "s3" or "cloudfront"


def encode_key(key: str) -> str:
    """Percent-encode a key for the path of a URL, as the signature demands it."""
    return quote(key, safe="/-_.~")


def encode_query(pairs: Sequence[tuple[str, str]]) -> str:
    """Return the canonical query string: sorted, percent-encoded."""
    encoded = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def sign_request(
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    payload_sha256: str,
    scope: Scope,
) -> dict[str, str]:
    """Return the headers of a signed request: the given ones and those that signing adds.

    ``headers`` have lower-case names and must hold ``host``; ``path`` and ``query`` are encoded.
    """
    stamp = scope.now.strftime("%Y%m%dT%H%M%SZ")
    day = stamp[:8]
    signed = {
        **headers,
        "x-amz-date": stamp,
        "x-amz-content-sha256": payload_sha256,
    }
    if scope.keys.token is not None:
        signed["x-amz-security-token"] = scope.keys.token
    names = sorted(name for name in signed if name not in _UNSIGNED)
    listed = ";".join(names)
    canonical = "\n".join(
        (
            method,
            path,
            query,
            *(f"{name}:{' '.join(signed[name].split())}" for name in names),
            "",
            listed,
            payload_sha256,
        )
    )
    within = f"{day}/{scope.region}/{scope.service}/aws4_request"
    to_sign = "\n".join(("AWS4-HMAC-SHA256", stamp, within, sha256_hex(canonical.encode())))
    key = _signing_key(scope.keys.secret_key, day, scope.region, scope.service)
    signature = hmac.new(key, to_sign.encode(), "sha256").hexdigest()
    signed["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={scope.keys.access_key}/{within}, "
        f"SignedHeaders={listed}, Signature={signature}"
    )
    return signed


def _signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    return key
