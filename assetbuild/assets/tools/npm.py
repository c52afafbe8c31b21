"""Packages from an npm registry, without npm: one download each, verified before it is used.

In: a pinned package. Out: its files. Refuses to know: where they are kept. Source: npm's
"Registry API" (tarball addresses) and W3C Subresource Integrity.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import tarfile
import time
import urllib.error
import urllib.parse
from collections.abc import Mapping
from pathlib import PurePosixPath

from assetbuild.assets.tools.lock import PinnedPackage
from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.redact import redact_urls
from assetbuild.urlparts import split_url
from assetbuild.web import make_opener, make_request

# The one place that names the public registry; npm_config_registry names another.
DEFAULT_REGISTRY = "https://registry.npmjs.org/"
REGISTRY_HINT = "npm_config_registry names another registry"

_TIMEOUT_S = 60
_DELAYS_S = (0.5, 2.0)  # before the second and the third try
_LARGEST_BYTES = 200_000_000  # unpacked; a pinned package is far below
# what a compiler needs to run; type declarations and translations are most of TypeScript
_WANTED = (".js", ".cjs", ".mjs", ".json", ".styl")


def registry_of(env: Mapping[str, str]) -> str:
    """Return the registry's base address, with a final slash, as npm's own variable says."""
    for name in ("npm_config_registry", "NPM_CONFIG_REGISTRY"):
        if env.get(name):
            return env[name].rstrip("/") + "/"
    return DEFAULT_REGISTRY


class RegistryError(Exception):
    """The registry cannot be asked at all: what else is wanted of it would fail alike."""


def download_package(package: PinnedPackage, env: Mapping[str, str]) -> dict[str, bytes]:
    """Return the files of a package: posix path below the package -> bytes.

    Errors: RegistryError, ``tool/download`` (it has no such package), ``tool/integrity``,
    ``tool/archive``.
    """
    base = package.name.rpartition("/")[2]
    url = f"{registry_of(env)}{package.name}/-/{base}-{package.version}.tgz"
    try:
        data = _fetch(url, env)
    except urllib.error.HTTPError as failure:
        raise AssetbuildError(
            error(
                "tool/download",
                f'cannot download "{package.name}@{package.version}": '
                f"{host_of(url)} answered {failure.code} {failure.reason}",
                hint=REGISTRY_HINT,
            )
        ) from failure
    _verify(data, package)
    return _unpack(data, package)


def _fetch(url: str, env: Mapping[str, str]) -> bytes:
    """Return what lies at a URL. Errors: RegistryError, HTTPError below 500."""
    parts = split_url(url)
    if parts is None:
        raise RegistryError(f'"{redact_urls(url)}": no such address')
    opener, request = make_opener(env), make_request(parts)
    for delay_s in (*_DELAYS_S, None):
        try:
            with opener.open(request, timeout=_TIMEOUT_S) as answer:
                body: bytes = answer.read()
                return body
        except (OSError, http.client.HTTPException, ValueError) as failure:
            if isinstance(failure, urllib.error.HTTPError):
                failure.close()  # it is an open answer too
            if delay_s is not None and _is_passing(failure):
                time.sleep(delay_s)
                continue
            if isinstance(failure, urllib.error.HTTPError) and failure.code < 500:
                raise
            raise RegistryError(f"{host_of(url)}: {_tell(failure)}") from failure
    raise AssertionError("the last try has no delay")


def _is_passing(failure: Exception) -> bool:
    """Tell whether a failure is likely gone in a moment: no closed port, no unknown name."""
    if isinstance(failure, urllib.error.HTTPError):
        return failure.code >= 500 or failure.code == 429
    reason = getattr(failure, "reason", failure)
    return isinstance(
        reason, (TimeoutError, ConnectionError, http.client.HTTPException)
    ) and not isinstance(reason, ConnectionRefusedError)


def _tell(failure: Exception) -> str:
    reason = getattr(failure, "reason", "") or failure
    text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    if isinstance(failure, urllib.error.HTTPError):
        text = f"{failure.code} {text}"
    return redact_urls(text)


def host_of(url: str) -> str:
    """Return the host of a URL with its port, without user info."""
    return urllib.parse.urlsplit(url).netloc.rpartition("@")[2]


def _verify(data: bytes, package: PinnedPackage) -> None:
    algorithm, _, wanted = package.integrity.partition("-")
    found = base64.b64encode(hashlib.new(algorithm, data).digest()).decode("ascii")
    if found != wanted:
        raise AssetbuildError(
            error(
                "tool/integrity",
                f'what the registry sent as "{package.name}@{package.version}" '
                f"is {algorithm}-{found}, not {package.integrity}",
                hint="nothing of it was kept; try again, or another registry by npm_config_registry",
            )
        )


def _unpack(data: bytes, package: PinnedPackage) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    total = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
            for member in archive:
                parts = PurePosixPath(member.name).parts[1:]
                # links and devices have no place in a package; ".." would leave the folder
                if not member.isreg() or not parts or ".." in parts:
                    continue
                total += member.size
                if total > _LARGEST_BYTES:
                    raise tarfile.TarError("it unpacks to more than 200 MB")
                name = "/".join(parts)
                if name.endswith(_WANTED) or parts[-1].upper().startswith("LICENSE"):
                    content = archive.extractfile(member)
                    assert content is not None
                    files[name] = content.read()
    except (tarfile.TarError, EOFError, OSError) as failure:
        raise AssetbuildError(
            error(
                "tool/archive",
                f'"{package.name}@{package.version}" cannot be unpacked: {failure}',
            )
        ) from failure
    return files
