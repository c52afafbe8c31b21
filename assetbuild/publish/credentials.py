"""What the AWS chain knows: profiles, web identity (OIDC), containers, instance metadata.

In: nothing but what botocore reads itself (its chain is the documented one). Out: Keys, fresh for
each request, and what the profile says beside them. Refuses to know: what they are for. Plain AWS_
variables never come here, so the usual release phase does not load botocore at all.
"""

from __future__ import annotations

from collections.abc import Callable

from assetbuild.diagnostics import AssetbuildError, Diagnostic, error
from assetbuild.publish.target import Keys, Profile


def open_credential_chain() -> Callable[[], Keys]:
    """Return a function that gives the current keys; temporary ones are renewed in time.

    Errors: ``publish/no-credentials``.
    """
    try:
        # heavy: a quarter of a second, and only needed when the environment holds no keys
        import botocore.session
        from botocore.exceptions import BotoCoreError, ClientError, SSOError, TokenRetrievalError
    except ImportError as failure:
        raise AssetbuildError(
            error(
                "publish/no-credentials",
                "the environment holds no keys, and botocore is not installed to look elsewhere",
                hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or install botocore",
            )
        ) from failure
    # ClientError is what a service answers, STS for one: botocore derives it from no class of its own
    failures = (BotoCoreError, ClientError)
    session = botocore.session.Session()

    def tell(failure: Exception) -> AssetbuildError:
        if isinstance(failure, (SSOError, TokenRetrievalError)):
            hint = f"log in: aws sso login --profile {session.profile or 'default'}"
            return AssetbuildError(_tell(str(failure), hint))
        return AssetbuildError(_tell(str(failure)))

    try:
        found = session.get_credentials()
    except failures as failure:
        raise tell(failure) from failure
    if found is None:
        raise AssetbuildError(_tell("nothing found"))
    chosen = found

    def current() -> Keys:
        try:
            frozen = chosen.get_frozen_credentials()
        except failures as failure:
            raise tell(failure) from failure
        if not frozen.access_key or not frozen.secret_key:
            raise AssetbuildError(_tell("the keys are empty"))
        return Keys(access_key=frozen.access_key, secret_key=frozen.secret_key, token=frozen.token)

    return current


def read_profile() -> Profile:
    """Return what the chain's profile says of region and endpoint; empty without botocore.

    Errors: ``publish/no-credentials`` for a profile that is not there.
    Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints".
    """
    try:
        import botocore.session  # heavy, as above
        from botocore.exceptions import BotoCoreError
    except ImportError:
        return Profile()  # the chain itself tells it, with what to do
    session = botocore.session.Session()
    try:
        region = session.get_config_variable("region")
        is_ignoring = session.get_config_variable("ignore_configured_endpoint_urls")
        chosen = session.get_scoped_config()
        services = session.full_config.get("services", {}).get(chosen.get("services"), {})
    except BotoCoreError as failure:
        raise AssetbuildError(_tell(str(failure))) from failure
    endpoint = services.get("s3", {}).get("endpoint_url") or chosen.get("endpoint_url")
    return Profile(
        region=str(region) if region else None,
        endpoint=str(endpoint) if endpoint and not is_ignoring else None,
    )


def _tell(
    why: str, hint: str = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
) -> Diagnostic:
    return error(
        "publish/no-credentials", f"the AWS credential chain gives no keys: {why}", hint=hint
    )
