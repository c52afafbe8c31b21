"""Where to publish, worked out of the environment: bucket, endpoint, keys, quirks.

In: the environment of the release phase, and who may know an AWS profile. Out: a Target that
knows from which variable each value came, or one error that lists everything that is missing.
Refuses to know: networks, files, the slug (the same slug meets another app's bucket on promotion).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from assetbuild.diagnostics import AssetbuildError, Diagnostic, error, sort_diagnostics
from assetbuild.publish.addons import BUCKET_VARIABLE, Addon, find_addon
from assetbuild.suggest import find_nearest
from assetbuild.urlparts import split_url

URL_VARIABLE = "ASSETBUILD_S3_URL"

Checksum = Literal["sha256", "md5", "none"]
Conditional = Literal["auto", "on", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Credentials; the representation never shows them."""

    access_key: str = field(repr=False)  # id of the key
    secret_key: str = field(repr=False)  # what signs
    token: str | None = field(default=None, repr=False)  # session token of temporary keys


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Target:
    """A bucket and how to speak to its store."""

    bucket: str  # name
    prefix: str  # "" or a path that ends in "/": every key starts with it
    region: str  # signs the requests; "us-east-1" where the store has none
    endpoint: str | None  # "https://host[:port]"; None: AWS
    keys: Keys | None  # None: ask the AWS credential chain
    path_style: bool  # https://host/bucket/key instead of https://bucket.host/key
    checksum: Checksum  # header that carries the content's checksum
    conditional: Conditional  # If-None-Match on new keys; auto: probe the store once
    acl: str | None  # canned ACL to send; buckets made since 2023 refuse any
    ca_file: str | None  # certificates to trust instead of the system's
    origins: Mapping[str, str] = field(default_factory=dict)  # what -> variable that said so

    @property
    def label(self) -> str:
        """The place as messages show it; holds no secret."""
        at = "" if self.endpoint is None else f" at {urlsplit(self.endpoint).netloc}"
        return f"s3://{self.bucket}/{self.prefix}{at}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTarget:
    """A folder of this machine: the embedded store of demos, tests and dry runs."""

    root: Path  # absolute
    is_default: bool = False  # nothing was configured

    @property
    def label(self) -> str:
        """The place as messages show it."""
        return f"file://{self.root}"


Target = S3Target | FileTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What an AWS profile says beside keys."""

    region: str | None = None  # "eu-west-1"
    endpoint: str | None = None  # of S3: its services section, or the profile's own


# names that frameworks use for the bucket; read when ours are not set
_BUCKET_NAMES = (
    BUCKET_VARIABLE,
    "S3_BUCKET_NAME",
    "S3_BUCKET",
    "AWS_STORAGE_BUCKET_NAME",
)
_REGION_NAMES = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_S3_REGION_NAME")
_ENDPOINT_NAMES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_IGNORE_ENDPOINTS = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
_PROFILE_NAMES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
# each means that the credential chain has somewhere to look beyond the two AWS_ keys
_CHAIN_NAMES = (
    *_PROFILE_NAMES,
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
_OPTIONS = (
    "region",
    "endpoint",
    "path_style",
    "checksum",
    "conditional",
    "acl",
)
_DEFAULT_STORE = ".assetbuild/store"


def read_target(
    env: Mapping[str, str], project: Path, *, ask_profile: Callable[[], Profile] = Profile
) -> Target:
    """Return where to publish.

    ``ask_profile`` is called when the credential chain gives the keys, or a profile is named, and
    no variable tells the endpoint or the region. Nothing set outside a dyno is the embedded store in the project. Errors, all of them at once:
    ``publish/missing-variable`` (one, with every missing name), ``publish/bad-url``,
    ``publish/bad-option``, ``publish/two-addons``.
    """
    env = {name: value.strip() for name, value in env.items() if value.strip()}
    text = env.get(URL_VARIABLE)
    if text is not None and text.startswith("file:"):
        return FileTarget(root=_read_file_url(text, project))
    return _Reader(env, project, ask_profile).read(text)


class _Reader:
    def __init__(
        self, env: Mapping[str, str], project: Path, ask_profile: Callable[[], Profile]
    ) -> None:
        self._env = env
        self._ask_profile = ask_profile
        self._profile: Profile | None = None  # once it was asked
        self._project = project
        self._problems: list[Diagnostic] = []
        self._missing: list[str] = []
        self._origins: dict[str, str] = {}

    def read(self, text: str | None) -> Target:
        options: dict[str, str] = {}
        bucket, prefix = "", self._env.get("ASSETBUILD_S3_PREFIX", "")
        if text is not None:
            bucket, prefix, options = self._read_url(text)
        for name in _OPTIONS:
            variable = f"ASSETBUILD_S3_{name.upper()}"
            if variable in self._env:
                options.setdefault(name, self._env[variable])
        addon = None if bucket or self._problems else find_addon(self._env)
        if not bucket:
            bucket = self._pick("bucket", (*_BUCKET_NAMES[:1],)) or ""
        if not bucket and addon is not None:
            bucket = self._take("bucket", addon.bucket)
            if not prefix and addon.prefix:
                prefix = addon.prefix
                self._origins["prefix"] = f"{addon.name}: below it everyone may read"
            if "://" in bucket:
                bucket, prefix = _split_bucket_url(bucket, prefix)
        if not bucket:
            bucket = self._pick("bucket", _BUCKET_NAMES[1:]) or ""
        if not bucket and not self._problems and addon is None and "DYNO" not in self._env:
            return FileTarget(root=self._project / _DEFAULT_STORE, is_default=True)
        if not bucket and not self._problems:
            self._missing.append(
                addon.bucket if addon else f"{URL_VARIABLE} (or ASSETBUILD_S3_BUCKET)"
            )
        keys = self._read_keys(addon)
        has_profile = keys is None or any(one in self._env for one in _PROFILE_NAMES)
        if addon is not None or self._missing or not has_profile:
            self._profile = Profile()
        endpoint = self._read_endpoint(options, addon)
        region = options.get("region")
        if region is None and addon is not None and addon.region in self._env:
            region = self._take("region", str(addon.region))
        region = region or self._pick("region", _REGION_NAMES)
        if region is None:
            region = self._tell_profile("region", self._take_profile().region)
        if region is None and (endpoint is not None or (addon and addon.region is None)):
            region = "us-east-1"
        if region is None:
            own = addon.region if addon is not None and addon.region else "AWS_REGION"
            self._missing.append(f"{own} (or ?region= in ASSETBUILD_S3_URL)")
        target = S3Target(
            bucket=bucket,
            prefix=_tidy_prefix(prefix),
            region=str(region),
            endpoint=endpoint,
            keys=keys,
            path_style=self._choose(
                options, "path_style", ("1", "0"), "1" if endpoint or "." in bucket else "0"
            )
            == "1",
            checksum=cast(
                Checksum, self._choose(options, "checksum", ("sha256", "md5", "none"), "sha256")
            ),
            conditional=cast(
                Conditional, self._choose(options, "conditional", ("auto", "on", "off"), "auto")
            ),
            acl=options.get("acl"),
            ca_file=self._env.get("AWS_CA_BUNDLE"),
            origins=self._origins,
        )
        self._finish()
        return target

    def _read_url(self, text: str) -> tuple[str, str, dict[str, str]]:
        parts = split_url(text)
        if parts is None or parts.scheme != "s3" or not parts.hostname or "@" in parts.netloc:
            has_keys = parts is not None and "@" in parts.netloc
            self._problems.append(
                error(
                    "publish/bad-url",
                    f"{URL_VARIABLE} holds credentials"
                    if has_keys
                    else f"{URL_VARIABLE} is not of the form s3://bucket/prefix",
                    hint="put the keys into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                    if has_keys
                    else "write s3://BUCKET/PREFIX?region=REGION or file:///FOLDER",
                )
            )
            return "", "", {}
        options = dict(parse_qsl(parts.query))
        for name in sorted(options.keys() - set(_OPTIONS)):
            nearest = find_nearest(name, _OPTIONS)
            self._problems.append(
                error(
                    "publish/bad-option",
                    f'{URL_VARIABLE} has an unknown option "{name}"',
                    hint=f'did you mean "{nearest}"?'
                    if nearest
                    else f"options are {', '.join(_OPTIONS)}",
                )
            )
        self._origins["bucket"] = URL_VARIABLE
        # the case of the bucket's name is kept: parts.hostname would fold it
        return parts.netloc, unquote(parts.path), options

    def _read_keys(self, addon: Addon | None) -> Keys | None:
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        if addon is not None:
            names = (addon.access_key, addon.secret_key)
        given = [name for name in names if name in self._env]
        if not given and addon is None:
            if "DYNO" in self._env and not any(one in self._env for one in _CHAIN_NAMES):
                self._missing.extend(names)
            self._origins["credentials"] = "the AWS credential chain"
            return None
        self._missing.extend(name for name in names if name not in self._env)
        if len(given) < 2:
            return None
        token = self._env.get("AWS_SESSION_TOKEN") if names[0].startswith("AWS_") else None
        self._origins["credentials"] = names[0]
        return Keys(access_key=self._env[names[0]], secret_key=self._env[names[1]], token=token)

    def _read_endpoint(self, options: Mapping[str, str], addon: Addon | None) -> str | None:
        text = options.get("endpoint")
        if text is None and (addon is None or addon.endpoint is not None):
            own = () if addon is None else (str(addon.endpoint),)
            is_ignoring = self._env.get(_IGNORE_ENDPOINTS, "").lower() == "true"
            text = self._pick("endpoint", (*own, *(() if is_ignoring else _ENDPOINT_NAMES)))
        if text is None:
            text = self._tell_profile("endpoint", self._take_profile().endpoint)
        if text is None:
            return None
        parts = split_url(text if "://" in text else f"https://{text}")
        if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
            self._problems.append(
                error(
                    "publish/bad-option",
                    "the endpoint is not an http or https URL",
                    hint="write https://HOST or http://HOST:PORT",
                )
            )
            return None
        # user info has no meaning here and would show up in messages
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def _take_profile(self) -> Profile:
        if self._profile is None:
            self._profile = self._ask_profile()
        return self._profile

    def _tell_profile(self, what: str, value: str | None) -> str | None:
        if value:
            self._origins[what] = "the AWS profile"
        return value

    def _pick(self, what: str, names: tuple[str, ...]) -> str | None:
        for name in names:
            if name in self._env:
                return self._take(what, name)
        return None

    def _take(self, what: str, name: str) -> str:
        if name not in self._env:
            return ""
        self._origins[what] = name
        return self._env[name]

    def _choose(
        self, options: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str
    ) -> str:
        value = options.get(name, default)
        if value not in allowed:
            self._problems.append(
                error(
                    "publish/bad-option",
                    f'the option {name} is "{value}"',
                    hint=f"write one of {', '.join(allowed)}",
                )
            )
        return value

    def _finish(self) -> None:
        if self._missing:
            names = ", ".join(self._missing)
            self._problems.append(
                error(
                    "publish/missing-variable",
                    f"the environment lacks {names}",
                    hint="set them on the app: heroku config:set NAME=value, or attach a bucket",
                )
            )
        if self._problems:
            raise AssetbuildError(*sort_diagnostics(self._problems))


def _read_file_url(text: str, project: Path) -> Path:
    parts = split_url(text)
    path = unquote(parts.netloc + parts.path) if parts is not None else ""
    if not path:
        raise AssetbuildError(
            error(
                "publish/bad-url",
                f"{URL_VARIABLE} names no folder",
                hint="write file:///FOLDER or file:FOLDER",
            )
        )
    return (project / path).resolve()


def _split_bucket_url(url: str, prefix: str) -> tuple[str, str]:
    """Part https://BUCKET.s3.amazonaws.com/CUBE, as Cloudcube writes it."""
    parts = urlsplit(url)
    bucket = parts.netloc.partition(".s3")[0]
    return bucket, "/".join(one for one in (parts.path.strip("/"), prefix.strip("/")) if one)


def _tidy_prefix(prefix: str) -> str:
    tidy = "/".join(one for one in prefix.split("/") if one)
    return f"{tidy}/" if tidy else ""
