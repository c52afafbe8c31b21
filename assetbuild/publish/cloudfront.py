"""CloudFront invalidation of names without a hash, for those who ask for it.

In: paths. Out: nothing, or AssetbuildError. Hashed names never need it: new bytes have new names.
Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateInvalidation.html
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from assetbuild.digests import digest_parts, sha256_hex
from assetbuild.publish.calls import Call, Caller

ENDPOINT = "https://cloudfront.amazonaws.com"
REGION = "us-east-1"  # CloudFront is global; its requests are signed for this region
_MOST_PATHS = 1000  # beyond this one wildcard is asked for: 3,000 paths may be in work at a time


def write_invalidation(paths: Sequence[str], reference: str) -> bytes:
    """Return the body of CreateInvalidation; the reference makes a repeat the same request."""
    if len(paths) > _MOST_PATHS:
        paths = ["/*"]
    items = "".join(f"<Path>{escape(quote(one, safe='/*-_.~'))}</Path>" for one in paths)
    return (
        '<InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/">'
        f"<Paths><Quantity>{len(paths)}</Quantity><Items>{items}</Items></Paths>"
        f"<CallerReference>{escape(reference)}</CallerReference></InvalidationBatch>"
    ).encode()


def invalidate(caller: Caller, distribution: str, paths: Sequence[str], release: str) -> None:
    """Ask CloudFront to forget paths, each beginning with "/"."""
    reference = digest_parts("invalidation", (release, *paths))[:32]
    data = write_invalidation(paths, reference)
    caller.call(
        Call(
            method="POST",
            path=f"/2020-05-31/distribution/{distribution}/invalidation",
            headers=(("content-type", "application/xml"),),
            body=data,
            sha256=sha256_hex(data),
            purpose="invalidate paths",
            refused_hint="check the id in ASSETBUILD_CLOUDFRONT_DISTRIBUTION",
        )
    )
