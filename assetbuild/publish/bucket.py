"""What a bucket needs beside objects: CORS, an end for unfinished uploads, the smallest policy.

In: a target, header rules, the configuration that is there. Out: documents. Refuses to know:
connections. Source: PutBucketCors; PutBucketLifecycleConfiguration; IAM policy elements.
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
_UNFINISHED_DAYS = 7  # a killed upload that is repeated within them goes on where it was
_LONGEST_ID = 255  # characters that the id of a lifecycle rule may have


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
    allowed = "".join(f"<AllowedOrigin>{escape(one)}</AllowedOrigin>" for one in origins)
    rule = (
        f"<CORSRule><ID>{RULE_ID}</ID>{allowed}<AllowedMethod>GET</AllowedMethod>"
        "<AllowedMethod>HEAD</AllowedMethod><AllowedHeader>*</AllowedHeader>"
        "<MaxAgeSeconds>86400</MaxAgeSeconds></CORSRule>"
    )
    return _add_rule("CORSConfiguration", rule, existing)


def write_lifecycle(prefix: str, existing: bytes | None) -> bytes | None:
    """Return the lifecycle configuration to put, or None when the existing one has our rule.

    Parts of an upload that was killed and never repeated are paid for until somebody ends it.
    Rules of others stay; ours is known by its id, one for each prefix.
    """
    rule = (
        f"<Rule><ID>{escape(f'{RULE_ID} {prefix}'.strip()[:_LONGEST_ID])}</ID>"
        f"<Filter><Prefix>{escape(prefix)}</Prefix></Filter><Status>Enabled</Status>"
        "<AbortIncompleteMultipartUpload>"
        f"<DaysAfterInitiation>{_UNFINISHED_DAYS}</DaysAfterInitiation>"
        "</AbortIncompleteMultipartUpload></Rule>"
    )
    return _add_rule("LifecycleConfiguration", rule, existing)


def write_policy(target: S3Target, *, with_prune: bool, distribution: str | None = None) -> str:
    """Return the smallest IAM policy for publishing, as JSON text.

    ``distribution``: the id of the CloudFront distribution that is told of changes.
    """
    kinds = {"cn": "aws-cn", "us-gov": "aws-us-gov"}
    partition = next((kinds[one] for one in kinds if target.region.startswith(f"{one}-")), "aws")
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


def _add_rule(name: str, rule: str, existing: bytes | None) -> bytes | None:
    """Return a configuration of the existing rules and ours; None: ours is there as it should be."""
    ours = ElementTree.fromstring(rule)
    others: list[str] = []
    for one in ElementTree.fromstring(existing) if existing else ():
        if _values(one).get("ID") != _values(ours)["ID"]:
            others.append(_plain(one))
        elif sorted(_leaves(one)) == sorted(_leaves(ours)):
            return None
    return f'<{name} xmlns="{_XMLNS}">{"".join(others)}{rule}</{name}>'.encode()


def _values(rule: ElementTree.Element) -> dict[str, str]:
    return {_name(one): one.text or "" for one in rule}


def _leaves(element: ElementTree.Element) -> list[tuple[str, str]]:
    """Return name and text of each element that holds no others: stores order them as they like."""
    found: list[tuple[str, str]] = []
    for one in element:
        found.extend(_leaves(one) if len(one) else [(_name(one), (one.text or "").strip())])
    return found


def _plain(element: ElementTree.Element) -> str:
    """Return an element as text without name spaces and attributes: neither kind of rule has any."""
    inner = "".join(map(_plain, element)) if len(element) else escape(element.text or "")
    return f"<{_name(element)}>{inner}</{_name(element)}>"


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
