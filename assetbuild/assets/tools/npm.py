"""Packages from an npm registry, without npm: one download each, verified before it is used.

In: a pinned package. Out: its files. Refuses to know: where they are kept. Source: npm's
"Registry API" (tarball addresses) and W3C Subresource Integrity.
"""

from __future__ import annotations

import base64
import hashlib
import io
import posixpath
import tarfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import PurePosixPath

from assetbuild.assets.tools.lock import PinnedPackage
from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.redact import redact_urls

# The one place that names the public registry; npm_config_registry names another.
DEFAULT_REGISTRY = "https://registry.npmjs.org/"

_TIMEOUT_S = 60
_LARGEST_BYTES = 200_000_000  # unpacked; a pinned package is far below
# what a compiler needs to run; type declarations and translations are most of TypeScript
_WANTED = (".js", ".cjs", ".mjs", ".json")


def registry_of(env: Mapping[str, str]) -> str:
    """Return the registry's base address, with a final slash, as npm's own variable says."""
    for name in ("npm_config_registry", "NPM_CONFIG_REGISTRY"):
        if env.get(name):
            return env[name].rstrip("/") + "/"
    return DEFAULT_REGISTRY


def download_package(package: PinnedPackage, env: Mapping[str, str]) -> dict[str, bytes]:
    """Return the files of a package: posix path below the package -> bytes.

    Errors: ``tool/download``, ``tool/integrity``, ``tool/archive``.
    """
    base = package.name.rpartition("/")[2]
    url = f"{registry_of(env)}{package.name}/-/{base}-{package.version}.tgz"
    data = _fetch(url, package, env)
    _verify(data, package)
    return _unpack(data, package)


def _fetch(url: str, package: PinnedPackage, env: Mapping[str, str]) -> bytes:
    proxies = {
        scheme: env.get(f"{scheme}_proxy") or env.get(f"{scheme.upper()}_PROXY", "")
        for scheme in ("https", "http")
    }
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({name: value for name, value in proxies.items() if value})
    )
    try:
        with opener.open(url, timeout=_TIMEOUT_S) as answer:
            body: bytes = answer.read()
            return body
    except (OSError, urllib.error.URLError, ValueError) as failure:
        reason = redact_urls(str(getattr(failure, "reason", failure)))
        raise AssetbuildError(
            error(
                "tool/download",
                f'cannot download "{package.name}@{package.version}" from the npm registry: {reason}',
                hint="with a network, run: assetbuild tools fetch; "
                "npm_config_registry names another registry",
            )
        ) from failure


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
                parts = PurePosixPath(posixpath.normpath(member.name)).parts[1:]
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
