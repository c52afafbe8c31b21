"""Install the lock of hash-pinned packages: with the machine's pip, or with one fetched by its hash.

In: a lock, a folder to fill, the environment with the PIP_* variables. Out: the folder, filled.
Where packages come from is pip's own configuration. The standard library alone; bootstrap.py
imports this only when something must be installed.
"""

from __future__ import annotations

import hashlib
import html.parser
import platform
import shutil
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from assetbuild import source_builds
from assetbuild.redact import redact_urls
from assetbuild.urlparts import split_credentials

PIP_WHEEL = "pip-26.2.1-py3-none-any.whl"
PIP_SHA256 = "71138adf1f4ca900cdb7d289c21b7494329f2332b6d85f0e1c42108c0384ed3e"
# pip's own default; it can't be asked for it before it is there
DEFAULT_INDEX = "https://pypi.org/simple"
_PIP_OPTIONS = ("--quiet", "--disable-pip-version-check", "--no-input")
_TRIES = 4
_TIMEOUT_S = 60.0
_RUN_PIP = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); sys.argv[0] = 'pip';"
    "runpy.run_module('pip', run_name='__main__')"
)


class NotInstalled(Exception):
    """What could not be installed, as lines to show."""


def install_lock(
    lock: Path, target: Path, scratch: Path, env: Mapping[str, str], *, say: Callable[[str], None]
) -> str | None:
    """Fill ``target`` with every package of the lock and return which this machine cannot have.

    What was built from source is kept in ``wheels`` beside the folder ``scratch``. Errors:
    NotInstalled.
    """
    start = [sys.executable, "-I", "-m", "pip"]
    if not _has_pip():
        start = [sys.executable, "-I", "-c", _RUN_PIP, str(fetch_pip(scratch, env))]

    def pip(arguments: list[str], more: Mapping[str, str]) -> str | None:
        argv = [*start, arguments[0], *_PIP_OPTIONS, *arguments[1:]]
        done = subprocess.run(
            argv, env={**env, **more}, cwd=scratch, capture_output=True, check=False
        )
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
        return (said or f"exit code {done.returncode}") if done.returncode else None

    into = ["install", "--no-warn-script-location", "--target", str(target)]
    # --no-deps: the lock is whole, nothing is resolved; only-binary: a build image need not have
    # a compiler
    pinned = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--requirement"]
    complaint = pip([*into, *pinned, str(lock)], {})
    unfit = source_builds.find_unfit(complaint or "")
    wheel: Path | None = None
    if unfit is not None:
        say(f"No wheel of {unfit} fits {platform.machine()}: building its pinned source")
        rest, block = source_builds.take_out(lock.read_text("utf-8"), unfit)
        shorter = scratch / "shorter.lock"
        shorter.write_text(rest, "utf-8")
        shutil.rmtree(target, ignore_errors=True)
        try:
            wheel = source_builds.build_wheel(
                block,
                scratch.parent / "wheels",
                scratch,
                source_lock=lock.with_name("source.lock"),
                pip=pip,
            )
        except source_builds.NotBuilt as failure:
            for line in str(failure).splitlines()[-5:]:
                say(f"not built: {redact_urls(line)}")
        complaint = pip([*into, *pinned, str(shorter)], {})
        if complaint is None and wheel is not None:
            # by its path: the hash of what was built here is in no lock
            complaint = pip([*into, "--no-deps", "--no-index", str(wheel)], {})
    if complaint is not None:
        raise NotInstalled(
            "\n".join(
                [
                    "bootstrap/pip-failed: pip could not install the lock",
                    *(f"  {redact_urls(line)}" for line in complaint.splitlines()[-20:]),
                    "  hint: check PIP_INDEX_URL and the network, then build again",
                ]
            )
        )
    return unfit if wheel is None else None


def _has_pip() -> bool:
    done = subprocess.run(
        [sys.executable, "-I", "-m", "pip", "--version"], capture_output=True, check=False
    )
    return done.returncode == 0


def fetch_pip(folder: Path, env: Mapping[str, str]) -> Path:
    """Fetch the pinned pip from the index that the PIP_* variables name; sha256 decides.

    Errors: NotInstalled with every place that was tried.
    """
    tried: list[str] = []
    for place in _pip_places(env):
        try:
            data = place.read_bytes() if isinstance(place, Path) else _download_pip(place, env)
        except (OSError, ValueError) as failure:
            tried.append(f"  {redact_urls(str(place))}: {redact_urls(str(failure))}")
            continue
        if hashlib.sha256(data).hexdigest() != PIP_SHA256:
            tried.append(
                f"  {redact_urls(str(place))}: {PIP_WHEEL} has another sha256 than the pinned"
            )
            continue
        wheel = folder / PIP_WHEEL
        wheel.write_bytes(data)
        return wheel
    raise NotInstalled(
        "\n".join(
            [
                f'bootstrap/no-pip: this Python has no pip, and "{PIP_WHEEL}" could not be fetched',
                *tried,
                "  hint: set PIP_INDEX_URL to an index that this machine reaches",
            ]
        )
    )


def _pip_places(env: Mapping[str, str]) -> Iterator[str | Path]:
    for place in env.get("PIP_FIND_LINKS", "").split():
        path = Path(place.removeprefix("file://")) / PIP_WHEEL
        if path.is_file():
            yield path
    # pip's own words for "on"
    if env.get("PIP_NO_INDEX", "").lower() not in ("1", "y", "yes", "t", "true", "on"):
        yield env.get("PIP_INDEX_URL") or DEFAULT_INDEX
        yield from env.get("PIP_EXTRA_INDEX_URL", "").split()


class _Links(html.parser.HTMLParser):
    """Collects the links of a simple index page (PEP 503)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def _download_pip(index: str, env: Mapping[str, str]) -> bytes:
    page_url = f"{index.rstrip('/')}/pip/"
    links = _Links()
    links.feed(_get(page_url, env).decode("utf-8", "replace"))
    for link in links.found:
        url = urllib.parse.urljoin(page_url, link)
        if urllib.parse.urlsplit(url).path.endswith(f"/{PIP_WHEEL}"):
            return _get(url, env)
    raise ValueError(f"the index does not list {PIP_WHEEL}")


def _open_web(env: Mapping[str, str]) -> urllib.request.OpenerDirector:
    """Return what opens URLs, by the authority and the proxy that pip would take."""
    context = ssl.create_default_context(cafile=env.get("PIP_CERT") or None)
    handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=context)]
    proxy = env.get("PIP_PROXY")
    if proxy:
        handlers.append(urllib.request.ProxyHandler({"http": proxy, "https": proxy}))
    return urllib.request.build_opener(*handlers)


def _get(url: str, env: Mapping[str, str]) -> bytes:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in {"https", "http", "file"}:
        raise ValueError(f"cannot fetch from a {parts.scheme or 'relative'} URL")
    # urllib does not know user info in a URL
    plain, authorization = split_credentials(parts)
    request = urllib.request.Request(plain)
    if authorization is not None:
        request.add_header("Authorization", authorization)
    opener = _open_web(env)
    for attempt in range(_TRIES):
        try:
            with opener.open(request, timeout=_TIMEOUT_S) as answer:
                data: bytes = answer.read()
                return data
        except urllib.error.HTTPError as failure:
            if failure.code < 500 or attempt == _TRIES - 1:
                raise
        except OSError:
            if attempt == _TRIES - 1:
                raise
        time.sleep(2**attempt / 2)
    raise AssertionError("unreachable")
