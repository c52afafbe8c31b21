"""The variables: misspelt ones, quoted ones, and those that say something else than what counts.

In: the environment and what was understood of it. Out: a Check. Values never enter a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assetbuild.diagnostics import Diagnostic, warning
from assetbuild.doctor.model import Check
from assetbuild.suggest import find_nearest

# every variable of ours that any part reads; a test holds the list against the code
KNOWN = frozenset(
    {
        "ASSETBUILD_APP",
        "ASSETBUILD_ASSET_HOST",
        "ASSETBUILD_CACHE_DIR",
        "ASSETBUILD_CLOUDFRONT_DISTRIBUTION",
        "ASSETBUILD_CLOUDFRONT_PATH",
        "ASSETBUILD_DEV",
        "ASSETBUILD_PROJECT",
        "ASSETBUILD_S3_ACL",
        "ASSETBUILD_S3_ADDON",
        "ASSETBUILD_S3_BUCKET",
        "ASSETBUILD_S3_CHECKSUM",
        "ASSETBUILD_S3_CONDITIONAL",
        "ASSETBUILD_S3_ENDPOINT",
        "ASSETBUILD_S3_PATH_STYLE",
        "ASSETBUILD_S3_PREFIX",
        "ASSETBUILD_S3_REGION",
        "ASSETBUILD_S3_URL",
        "ASSETBUILD_SERVE_FOLDER",
        "ASSETBUILD_SERVE_PROJECT",
    }
)
URL_VARIABLE = "ASSETBUILD_S3_URL"
# what -> our own variable, and the names that others share: those may be meant for something else
# of the app's as long as ours are set
_OWN = {
    "bucket": "ASSETBUILD_S3_BUCKET",
    "prefix": "ASSETBUILD_S3_PREFIX",
    "region": "ASSETBUILD_S3_REGION",
    "endpoint": "ASSETBUILD_S3_ENDPOINT",
}
_SHARED = {
    "bucket": ("S3_BUCKET_NAME", "S3_BUCKET", "AWS_STORAGE_BUCKET_NAME"),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_S3_REGION_NAME"),
    "endpoint": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
}
_SECRET = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableFacts:
    """What the environment says of publishing."""

    env: Mapping[str, str]  # the whole environment; no value is told
    label: str  # where it publishes, for people
    chosen: Mapping[str, str]  # "bucket", "prefix", "region", "endpoint" -> what counts
    origins: Mapping[str, str]  # the same -> the variable that said so


def check_variables(facts: VariableFacts, wrong: tuple[Diagnostic, ...] = ()) -> Check:
    """Tell what is odd; ``wrong`` is why the target or the URL cannot be worked out."""
    findings = (*wrong, *_judge_names(facts.env), *_judge_quotes(facts.env), *_judge_others(facts))
    return Check(name="variables", told=facts.label, findings=findings)


def _judge_names(env: Mapping[str, str]) -> Iterator[Diagnostic]:
    for name in sorted(env):
        if name.startswith("ASSETBUILD_") and name not in KNOWN and "_TEST_" not in name:
            near = find_nearest(name, KNOWN)
            yield warning(
                "doctor/unknown-variable",
                f'assetbuild reads no variable "{name}"',
                hint=f'did you mean "{near}"?' if near else "remove it",
            )


def _judge_quotes(env: Mapping[str, str]) -> Iterator[Diagnostic]:
    shared = {name for names in _SHARED.values() for name in names}
    for name in sorted(KNOWN | shared | {*_SECRET}):
        value = env.get(name, "").strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            yield warning(
                "doctor/quoted-variable",
                f"the value of {name} begins and ends with a quote",
                hint=f"set it without the quotes: {name}=…",
            )


def _judge_others(facts: VariableFacts) -> Iterator[Diagnostic]:
    for what, counts in facts.chosen.items():
        origin = facts.origins.get(what)
        names = [_OWN[what]]
        if origin in _SHARED.get(what, ()):
            names += _SHARED[what]
        for name in names:
            value = facts.env.get(name, "").strip().strip("/")
            if value and name != origin and value != counts.strip("/"):
                yield warning(
                    "doctor/other-value",
                    f"{name} names another {what} than {origin or URL_VARIABLE}, which counts",
                    hint=f"unset {name}, or make both say the same",
                )
