"""What a bucket needs beside objects: CORS, and the smallest policy for the key that writes.

In: a target, header rules, the CORS that is there. Out: documents. Refuses to know: connections.
Source: PutBucketCors; IAM policy elements.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from xml.etree import ElementTree

from assetbuild.publish.headers import HeaderRule
from assetbuild.publish.target import S3Target

_XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"
RULE_ID = "assetbuild"


def allowed_origins(rules: Sequence[HeaderRule]) -> tuple[str, ...]:
    """Return the origins that may read assets: what rules say, else any. Sorted, unique."""
    found = {
        value
        for rule in rules
        for name, value in rule.headers
        if name.lower() == "access-control-allow-origin" and value
    }
    return tuple(sorted(found)) or ("*",)


def write_cors(origins: Sequence[str], existing: bytes | None) -> bytes | None:
    """Return the CORS configuration to put, or None when the existing one has our rule already.

    Rules of others stay; ours is known by its id.
    """
    others: list[str] = []
    ours = _write_rule(origins)
    has_ours = False
    if existing:
        for rule in ElementTree.fromstring(existing):
            text = _plain(rule)
            if f"<ID>{RULE_ID}</ID>" in text:
                has_ours = sorted(_fields(rule)) == sorted(_fields(ElementTree.fromstring(ours)))
            else:
                others.append(text)
    if has_ours:
        return None
    return (
        f'<CORSConfiguration xmlns="{_XMLNS}">{"".join(others)}{ours}</CORSConfiguration>'.encode()
    )


def write_policy(target: S3Target, *, with_prune: bool, distribution: str | None = None) -> str:
    """Return the smallest IAM policy for publishing, as JSON text.

    ``distribution``: the id of the CloudFront distribution that is told of changes.
    """
    partition = "aws-cn" if target.region.startswith("cn-") else "aws"
    bucket = f"arn:{partition}:s3:::{target.bucket}"
    # reading back is how upload knows that what it put is there
    actions = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts"]
    actions.append("s3:PutObject")
    own = f"{bucket}/{target.prefix}"
    statements: list[dict[str, object]] = [
        {
            "Sid": "List",
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": bucket,
            **(
                {"Condition": {"StringLike": {"s3:prefix": f"{target.prefix}*"}}}
                if target.prefix
                else {}
            ),
        },
        # a condition on s3:prefix would never hold: this action does not know it
        {
            "Sid": "Unfinished",
            "Effect": "Allow",
            "Action": "s3:ListBucketMultipartUploads",
            "Resource": bucket,
        },
        {"Sid": "Publish", "Effect": "Allow", "Action": actions, "Resource": f"{own}*"},
        {
            "Sid": "Ledger",
            "Effect": "Allow",
            "Action": "s3:DeleteObject",
            "Resource": f"{own}.assetbuild/uploads/*",
        },
    ]
    if with_prune:
        statements.append(
            {
                "Sid": "Prune",
                "Effect": "Allow",
                "Action": "s3:DeleteObject",
                "Resource": f"{own}*",
            }
        )
    if distribution is not None:
        statements.append(
            {
                "Sid": "Invalidate",
                "Effect": "Allow",
                "Action": "cloudfront:CreateInvalidation",
                "Resource": f"arn:{partition}:cloudfront::*:distribution/{distribution}",
            }
        )
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)


def _write_rule(origins: Sequence[str]) -> str:
    allowed = "".join(f"<AllowedOrigin>{escape(one)}</AllowedOrigin>" for one in origins)
    return (
        f"<CORSRule><ID>{RULE_ID}</ID>{allowed}<AllowedMethod>GET</AllowedMethod>"
        "<AllowedMethod>HEAD</AllowedMethod><AllowedHeader>*</AllowedHeader>"
        "<MaxAgeSeconds>86400</MaxAgeSeconds></CORSRule>"
    )


def _fields(rule: ElementTree.Element) -> list[tuple[str, str]]:
    return [(one.tag.rpartition("}")[2], one.text or "") for one in rule]


def _plain(rule: ElementTree.Element) -> str:
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in _fields(rule))
    return f"<CORSRule>{inner}</CORSRule>"
