"""Build one app in every way in which a machine may differ, and compare the bytes.

``python -m tests.support.reproducible [PYTHON ...]`` (``make reproducible``). The example app of four
languages is built in folders of other lengths, by two users (as root), in two locales and time zones,
with folders listed in a shuffled order, two hash seeds, two umasks, one and two workers, on each
JavaScript engine, and once more by every interpreter that is named, in an environment of its own.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assetbuild.assets.tools.store import open_tool_store

ROOT = Path(__file__).parent.parent.parent
APP = ROOT / "fixtures/polyglot_shop"
NOBODY = 65534
# every folder is listed in another order at each call
_SHUFFLE = """
import os, random
_scandir, _listdir, _chance = os.scandir, os.listdir, random.Random(7)
class _Entries:
    def __init__(self, *path):
        with _scandir(*path) as found:
            self._all = list(found)
        _chance.shuffle(self._all)
        self._at = iter(self._all)
    def __iter__(self): return self
    def __next__(self): return next(self._at)
    def __enter__(self): return self
    def __exit__(self, *why): pass
    def close(self): pass
def _listed(*path):
    names = _listdir(*path)
    _chance.shuffle(names)
    return names
os.scandir, os.listdir = _Entries, _listed
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to build."""

    name: str  # for the table
    folder: str = "app"  # where the app lies, below a temporary folder
    engine: str = "dukpy"  # of [assets]
    python: str = sys.executable
    env: Mapping[str, str] = field(default_factory=dict)
    umask: int = 0o022
    user: int | None = None  # uid; None: our own
    is_shuffled: bool = False
    jobs: int = 1


def list_ways(pythons: Sequence[str] = ()) -> Iterator[Way]:
    """Yield the ways that this machine has."""
    yield Way(name="seed 0, UTC", env={"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"})
    yield Way(
        name="seed 1, Apia, C, umask 077, shuffled, 2 workers, another folder",
        folder="a/much/longer path/é",
        env={"PYTHONHASHSEED": "1", "TZ": "Pacific/Apia", "LC_ALL": "C"},
        umask=0o077,
        is_shuffled=True,
        jobs=2,
    )
    if shutil.which("node"):
        yield Way(name="node", engine="node")
    if importlib.util.find_spec("py_mini_racer"):
        yield Way(name="v8", engine="v8")
    for python in pythons:
        yield Way(name=python, python=python)
    for python in (sys.executable, *pythons):
        if os.getuid() == 0 and _can_run_as(NOBODY, python):
            env = {"TZ": "Asia/Kathmandu"}
            yield Way(name=f"{python}, another user", python=python, user=NOBODY, env=env)


def _can_run_as(user: int, python: str) -> bool:
    """Tell whether another user may start an interpreter, which may lie in our home."""
    try:
        done = subprocess.run(
            [python, "-c", "import assetbuild"], user=user, capture_output=True, check=False
        )
    except PermissionError:
        return False
    return done.returncode == 0


def build_digest(way: Way) -> tuple[str, int]:
    """Return one digest of all outputs, names and bytes, and how many there are."""
    store = open_tool_store(dict(os.environ))
    store.fetch_all(("less", "coffeescript", "typescript"))
    with tempfile.TemporaryDirectory(prefix="assetbuild-way-") as name:
        os.chmod(name, 0o755)
        project = Path(name) / way.folder
        shutil.copytree(APP, project, ignore=shutil.ignore_patterns("public", ".assetbuild"))
        package = project / "node_modules/normalize.css"  # what the Node pack would install
        package.mkdir(parents=True, exist_ok=True)
        (package / "normalize.css").write_text("html { line-height: 1.15 }\n")
        # and what the pack that copies files would
        shutil.copy(APP / "brand/logo.svg", project / "assets/img/logo.svg")
        cache = Path(name) / "cache"
        if way.user is None:
            cache = Path(store.folder).parent
        else:
            shutil.copytree(store.folder, cache / "tools", symlinks=True)
        config = project / "assetbuild.toml"
        text = config.read_text("utf-8")
        config.write_text(text.replace("[assets]\n", f'[assets]\nengine = "{way.engine}"\n', 1))
        site = Path(name) / "site"
        site.mkdir()
        if way.is_shuffled:
            (site / "sitecustomize.py").write_text(_SHUFFLE)
        if way.user is not None:
            for path in [Path(name), *Path(name).rglob("*")]:
                os.chown(path, way.user, way.user, follow_symlinks=False)
        is_own = way.python == sys.executable
        env = {
            "PATH": os.environ["PATH"],
            "HOME": name,
            "ASSETBUILD_CACHE_DIR": str(cache),
            "PYTHONPATH": os.pathsep.join([str(site), *([str(ROOT)] if is_own else [])]),
            **way.env,
        }
        argv = [way.python, "-m", "assetbuild", "compile", "--no-cache", "--jobs", str(way.jobs)]
        done = subprocess.run(
            argv,
            cwd=project,
            env=env,
            capture_output=True,
            check=False,
            umask=way.umask,
            user=way.user,
        )
        if done.returncode:
            raise RuntimeError(f"{way.name}: {done.stderr.decode('utf-8', 'replace')}")
        return _digest(project / "public/assets")


def _digest(folder: Path) -> tuple[str, int]:
    hasher = hashlib.sha256()
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in paths:
        data = path.read_bytes()
        hasher.update(f"{path.relative_to(folder).as_posix()}\0{len(data)}\0".encode())
        hasher.update(data)
    return hasher.hexdigest(), len(paths)


def _make_environment(python: str, folder: Path) -> str:
    """Install assetbuild for an interpreter and return the one that has it."""
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    own = str(folder / "bin/python")
    quiet = ["--quiet", "--disable-pip-version-check"]
    subprocess.run([own, "-m", "pip", "install", *quiet, "pip>=25.3"], check=True)
    subprocess.run([own, "-m", "pip", "install", *quiet, str(ROOT)], check=True)
    return own


def main(pythons: Sequence[str]) -> int:
    """Print the digest of each way; 1 when they differ."""
    digests = set()
    print("| built by | files | sha256 of all |\n|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="assetbuild-pythons-") as name:
        made = [
            _make_environment(python, Path(name) / str(number))
            for number, python in enumerate(pythons)
        ]
        os.chmod(name, 0o755)
        for way in list_ways(made):
            digest, count = build_digest(way)
            digests.add(digest)
            title = way.name
            for own, given in zip(made, pythons, strict=True):
                title = title.replace(own, given)
            print(f"| {title} | {count} | {digest[:16]} |", flush=True)
    print("the same bytes" if len(digests) == 1 else "THEY DIFFER")
    return 0 if len(digests) == 1 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
