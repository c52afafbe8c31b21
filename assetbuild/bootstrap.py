"""Install what assetbuild needs into a cache folder, then run a command of it in this process.

Called by bin/with-assetbuild as a script, ``python3 -I assetbuild/bootstrap.py CACHE_DIR ENV_DIR
COMMAND …``, with a Python that may have no pip, venv or PyYAML. In: requirements/build.lock, every
file pinned by sha256. Out: CACHE_DIR/assetbuild/site-<key>, made once for a lock and an
interpreter, whole or not at all. It imports the standard library alone until that is there.

Where packages come from is pip's own configuration: the PIP_* variables of the environment and of
ENV_DIR, and pip's files. A pip that is missing is fetched from the same index by its sha256.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import html.parser
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "build.lock"
PIP_WHEEL = "pip-26.2.1-py3-none-any.whl"
PIP_SHA256 = "71138adf1f4ca900cdb7d289c21b7494329f2332b6d85f0e1c42108c0384ed3e"
# pip's own default; it can't be asked for it before it is there
DEFAULT_INDEX = "https://pypi.org/simple"
REVISION = "1"  # of the layout of a site folder
_TRIES = 4
_TIMEOUT_S = 60.0
_RUN_PIP = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); sys.argv[0] = 'pip';"
    "runpy.run_module('pip', run_name='__main__')"
)


class BootstrapError(Exception):
    """What could not be installed, as lines to show."""


def main(argv: list[str]) -> int:
    """Install, then run; the exit code is the command's."""
    cache_dir, env_dir, *command = argv
    # this file's own folder is on the path of a script, and would shadow the standard library
    inside = ROOT / "assetbuild"
    sys.path[:] = [str(ROOT), *(one for one in sys.path if one and Path(one).resolve() != inside)]
    try:
        site = ensure_site(Path(cache_dir) / "assetbuild", read_pip_environ(env_dir, os.environ))
    except BootstrapError as failure:
        for line in str(failure).splitlines():
            sys.stderr.write(f" !     {line}\n")
        return 1
    except OSError as failure:
        sys.stderr.write(f' !     bootstrap/unwritable: cannot write to "{cache_dir}": {failure}\n')
        return 1
    sys.path.insert(1, str(site))
    from assetbuild.cli.main import main as run

    return run(command)


def read_pip_environ(env_dir: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of pip: ours, and the PIP_* config vars of the app."""
    env = {name: value for name, value in environ.items() if not name.startswith("PYTHON")}
    if env_dir and Path(env_dir).is_dir():
        for path in sorted(Path(env_dir).iterdir()):
            if path.name.startswith("PIP_") and path.is_file():
                env[path.name] = path.read_text("utf-8", "replace").strip("\n")
    return env


def site_key(lock: bytes) -> str:
    """Return the key of an installation: the lock, this interpreter, this machine."""
    parts = [REVISION, sys.implementation.cache_tag or "", platform.machine(), sys.platform]
    return hashlib.sha256("\0".join(parts).encode() + b"\0" + lock).hexdigest()[:16]


def ensure_site(folder: Path, env: Mapping[str, str]) -> Path:
    """Return the folder with every package of the lock, installing it when it is not there.

    Errors: BootstrapError; nothing half installed is ever found by a later run.
    """
    lock = LOCK.read_bytes()
    site = folder / f"site-{site_key(lock)}"
    # the folder gets its name when it is whole, so its being there is the proof
    if site.is_dir():
        return site
    folder.mkdir(parents=True, exist_ok=True)
    with _lock(folder / "install.lock"):
        if site.is_dir():
            return site
        started = time.monotonic()
        _say("Installing assetbuild's own packages")
        with tempfile.TemporaryDirectory(prefix=".tmp-", dir=folder) as scratch:
            target = Path(scratch) / "site"
            _install(target, Path(scratch), env)
            target.rename(site)
        for old in folder.glob("site-*"):
            if old != site:
                shutil.rmtree(old, ignore_errors=True)
        _say(f"Installed in {time.monotonic() - started:.1f} s", is_detail=True)
    return site


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    with open(path, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _say(text: str, *, is_detail: bool = False) -> None:
    sys.stdout.write(("       " if is_detail else "-----> ") + text + "\n")
    sys.stdout.flush()


def _install(target: Path, scratch: Path, env: Mapping[str, str]) -> None:
    options = [
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--no-deps",  # the lock is whole; nothing is resolved
        "--require-hashes",
        "--only-binary=:all:",  # a build image need not have a compiler
        "--no-warn-script-location",
        "--target",
        str(target),
        "--requirement",
        str(LOCK),
    ]
    if _has_pip():
        argv = [sys.executable, "-I", "-m", "pip", *options]
    else:
        wheel = fetch_pip(scratch, env)
        argv = [sys.executable, "-I", "-c", _RUN_PIP, str(wheel), *options]
    done = subprocess.run(argv, env=dict(env), cwd=scratch, capture_output=True, check=False)
    if done.returncode:
        tail = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()[-20:]
        raise BootstrapError(
            "\n".join(
                [
                    f"bootstrap/pip-failed: pip exited with {done.returncode}",
                    *(f"  {_redact(line)}" for line in tail),
                    "  hint: check PIP_INDEX_URL and the network, then build again",
                ]
            )
        )


def _has_pip() -> bool:
    done = subprocess.run(
        [sys.executable, "-I", "-m", "pip", "--version"], capture_output=True, check=False
    )
    return done.returncode == 0


def fetch_pip(folder: Path, env: Mapping[str, str]) -> Path:
    """Fetch the pinned pip from the index that the PIP_* variables name; sha256 decides.

    Errors: BootstrapError with every place that was tried.
    """
    tried: list[str] = []
    for place in _pip_places(env):
        try:
            data = place.read_bytes() if isinstance(place, Path) else _download_pip(place)
        except (OSError, ValueError) as failure:
            tried.append(f"  {_redact(str(place))}: {_redact(str(failure))}")
            continue
        if hashlib.sha256(data).hexdigest() != PIP_SHA256:
            tried.append(f"  {_redact(str(place))}: {PIP_WHEEL} has another sha256 than the pinned")
            continue
        wheel = folder / PIP_WHEEL
        wheel.write_bytes(data)
        return wheel
    raise BootstrapError(
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
    if not env.get("PIP_NO_INDEX"):
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


def _download_pip(index: str) -> bytes:
    page_url = f"{index.rstrip('/')}/pip/"
    links = _Links()
    links.feed(_get(page_url).decode("utf-8", "replace"))
    for link in links.found:
        url = urllib.parse.urljoin(page_url, link)
        if urllib.parse.urlsplit(url).path.endswith(f"/{PIP_WHEEL}"):
            return _get(url)
    raise ValueError(f"the index does not list {PIP_WHEEL}")


def _get(url: str) -> bytes:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in {"https", "http", "file"}:
        raise ValueError(f"cannot fetch from a {parts.scheme or 'relative'} URL")
    request = urllib.request.Request(url)
    if parts.username is not None:
        # urllib does not know user info in a URL
        plain = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        request = urllib.request.Request(plain)
        pair = (
            f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
        )
        token = pair.encode()
        request.add_header("Authorization", "Basic " + base64.b64encode(token).decode())
    for attempt in range(_TRIES):
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
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


def _redact(text: str) -> str:
    # a leaf of ours, of the standard library alone; main() has put its folder on the path
    from assetbuild.redact import redact_urls

    return redact_urls(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
