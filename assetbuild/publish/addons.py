"""The variables that bucket add-ons set, and which add-on an environment speaks of.

In: the environment of the release phase. Out: an Addon, or an error when two bring a bucket.
Source: the add-ons' own pages on the platform's market.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assetbuild.diagnostics import AssetbuildError, error

ADDON_VARIABLE = "ASSETBUILD_S3_ADDON"
BUCKET_VARIABLE = "ASSETBUILD_S3_BUCKET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addon:
    """The variables that an add-on sets."""

    name: str  # as its market page says
    bucket: str  # variable with the bucket's name, or with its URL
    access_key: str  # variable
    secret_key: str  # variable
    region: str | None = None  # variable; None: the add-on names none
    endpoint: str | None = None  # variable; None: AWS
    # below "public" everyone may read; "assets" as in the URLs that pages write ([assets] url)
    prefix: str = ""  # used when no other prefix is set
    is_endpoint_telling: bool = False  # its other variables are everybody's: the endpoint tells


_ADDONS = (
    Addon(
        name="Bucketeer",
        bucket="BUCKETEER_BUCKET_NAME",
        access_key="BUCKETEER_AWS_ACCESS_KEY_ID",
        secret_key="BUCKETEER_AWS_SECRET_ACCESS_KEY",
        region="BUCKETEER_AWS_REGION",
        prefix="public/assets",
    ),
    Addon(
        name="Cloudcube",
        bucket="CLOUDCUBE_URL",
        access_key="CLOUDCUBE_ACCESS_KEY_ID",
        secret_key="CLOUDCUBE_SECRET_ACCESS_KEY",
        prefix="public/assets",
    ),
    # brings a server, not a bucket
    Addon(
        name="Stackhero MinIO",
        bucket=BUCKET_VARIABLE,
        access_key="STACKHERO_MINIO_ROOT_ACCESS_KEY",
        secret_key="STACKHERO_MINIO_ROOT_SECRET_KEY",
        endpoint="STACKHERO_MINIO_HOST",
        is_endpoint_telling=True,
    ),
    Addon(
        name="Tigris",
        bucket="BUCKET_NAME",
        access_key="AWS_ACCESS_KEY_ID",
        secret_key="AWS_SECRET_ACCESS_KEY",
        region="AWS_REGION",
        endpoint="AWS_ENDPOINT_URL_S3",
    ),
)


def find_addon(env: Mapping[str, str]) -> Addon | None:
    """Return the add-on that is attached, or None. Errors: ``publish/two-addons``."""
    prefix = env.get(ADDON_VARIABLE)
    if prefix is not None:
        base = next((one for one in _ADDONS if one.bucket.startswith(f"{prefix}_")), None)
        if base is not None:
            return base
        # attached under another name: Bucketeer's variables with that name before them
        return Addon(
            name=prefix,
            bucket=f"{prefix}_BUCKET_NAME",
            access_key=f"{prefix}_AWS_ACCESS_KEY_ID",
            secret_key=f"{prefix}_AWS_SECRET_ACCESS_KEY",
            region=f"{prefix}_AWS_REGION",
            prefix="public/assets",
        )
    found = [one for one in _ADDONS if _is_attached(one, env)]
    if len(found) > 1 and BUCKET_VARIABLE not in env:
        names = " and ".join(one.name for one in found)
        raise AssetbuildError(
            error(
                "publish/two-addons",
                f"both {names} are attached: which bucket is for assets?",
                hint=f"set ASSETBUILD_S3_URL=s3://BUCKET or {ADDON_VARIABLE}=BUCKETEER",
            )
        )
    return found[0] if found else None


def _is_attached(addon: Addon, env: Mapping[str, str]) -> bool:
    if addon.is_endpoint_telling:
        return addon.endpoint in env
    if addon.endpoint is not None and addon.endpoint not in env:
        return False
    # one of its variables is missing: still attached, and the missing one is told
    own_key = not addon.access_key.startswith("AWS_") and addon.access_key in env
    return addon.bucket in env or own_key
