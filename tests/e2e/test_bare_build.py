"""bin/compile in a root that has git, a shell and a Python without pip, venv and every package.

``ASSETBUILD_TEST_PYTHON`` names another interpreter than the one that runs the tests;
``ASSETBUILD_TEST_ROOT`` a whole root (of debootstrap) to take instead of a copied interpreter.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assetbuild.pip_install import PIP_WHEEL
from tests.support.bare_root import copy_linked, copy_program, make_bare_root
from tests.support.repos import GIT_HOST, make_repo
from tests.support.tree import write_tree

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = ("sh", "bash", "env", "dirname", "git", "cat", "mkdir", "chmod", "rm", "cp", "ldd")
CPP_LIBRARIES = ("libstdc++.so.6", "libgcc_s.so.1")  # of the compiler that a build image has
# what Debian splits into python3-pip, python3-venv and the like, and what no build needs
LEFT_OUT = ("site-packages", "dist-packages", "ensurepip", "venv", "test", "idlelib", "__pycache__")
LIMIT_S = 600
MOUNTS = """set -e
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
shift
exec "$@"
"""
APP = {
    ".buildpacks": "./packs/own\nfile:///pack\n",
    "packs/own/bin/detect": "#!/bin/sh\necho own\n",
    "packs/own/bin/compile": "#!/bin/sh\necho 'export OWN=1' > export\n",
    "Procfile": "web: serve\n",
    "assets/site.scss": "$w: 2px;\n.a { .b { width: $w * 3; background: url(dot.svg) } }\n",
    "assets/dot.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>\n',
    "assets/app.js": "alert(1);\n",
}
GIT_PACK = {
    "bin/detect": "#!/bin/sh\necho fetched\n",
    "bin/compile": '#!/bin/sh\necho "OWN=$OWN" > "$1/own.txt"\n',
}


def find_python() -> tuple[Path, str]:
    """Return an interpreter that is no virtual environment's, and its version."""
    name = os.environ.get("ASSETBUILD_TEST_PYTHON") or getattr(sys, "_base_executable", "")
    python = Path(name or sys.executable).resolve()
    script = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)
    return python, done.stdout.strip()


def download_wheels(folder: Path, version: str) -> None:
    """Fetch what the lock pins for a version; the root has no network and no index."""
    python, own = find_python()
    pip = [str(python), "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    pip += ["--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    # for a root's Python that is not here: the markers are then those of the Python that runs pip
    other = [] if own == version else ["--python-version", version]
    lock = ["--require-hashes", "-r", str(ROOT / "requirements/build.lock")]
    for wanted in ([*other, *lock], [f"pip=={PIP_WHEEL.split('-')[1]}"]):
        subprocess.run([*pip, *wanted], check=True, timeout=LIMIT_S)


def copy_python(root: Path, python: Path, version: str) -> None:
    script = "import sysconfig; print(sysconfig.get_path('stdlib'))"
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True)
    stdlib = root / "usr/lib" / f"python{version}"
    shutil.copytree(done.stdout.strip(), stdlib, ignore=shutil.ignore_patterns(*LEFT_OUT))
    shutil.copy(python, root / "usr/bin" / f"python{version}")
    (root / "usr/bin/python3").symlink_to(f"python{version}")
    for program in [python, *stdlib.glob("lib-dynload/*.so")]:
        copy_linked(root, str(program))


def make_root(tmp_path: Path) -> tuple[Path, str]:
    """Return a root with git and a bare Python, and the version of that."""
    whole = os.environ.get("ASSETBUILD_TEST_ROOT")
    if whole:
        script = "import sys; print('%d.%d' % sys.version_info[:2])"
        argv = ["chroot", whole, "/usr/bin/python3", "-c", script]
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
        return Path(whole), done.stdout.strip()
    python, version = find_python()
    root = make_bare_root(tmp_path / "root", programs=PROGRAMS, libraries=CPP_LIBRARIES)
    copy_program(root, "git-upload-pack")
    copy_python(root, python, version)
    for folder in ("proc", "dev", "tmp", "etc"):
        (root / folder).mkdir(exist_ok=True)
    return root, version


@pytest.mark.e2e
@pytest.mark.network
@pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")
def test_a_python_without_pip_builds_a_slug_and_the_second_time_installs_nothing(
    tmp_path: Path,
) -> None:
    root, version = make_root(tmp_path)
    for folder in ("wheels", "buildpack", "app", "cache", "env", "pack"):
        shutil.rmtree(root / folder, ignore_errors=True)
    download_wheels(root / "wheels", version)
    for folder in ("bin", "assetbuild", "requirements"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, root / "buildpack" / folder, ignore=ignored)
    make_repo(root / "pack", GIT_PACK)
    # pip's settings are config vars of the app: nothing else tells it where packages are
    write_tree(root / "env", {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"})

    chroot = shutil.which("chroot") or "/usr/sbin/chroot"

    def inside(*argv: str) -> subprocess.CompletedProcess[str]:
        env = {**GIT_HOST, "PATH": "/usr/bin:/bin", "HOME": "/tmp", "STACK": "heroku-24"}
        # the repository's owner is another user than the chroot's only where tests run so
        env |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory"}
        env |= {"GIT_CONFIG_VALUE_0": "*"}
        return subprocess.run(
            ["unshare", "-m", "sh", "-c", MOUNTS, "sh", str(root), chroot, str(root), *argv],
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT_S,
        )

    # Debian leaves venv in and takes what it needs, ensurepip, out
    for module in ("pip", "ensurepip", "yaml"):
        assert inside("python3", "-c", f"import {module}").returncode != 0, f"{module} is there"
    said = []
    for _build in range(2):
        shutil.rmtree(root / "app", ignore_errors=True)
        write_tree(root / "app", APP)
        assert inside("/buildpack/bin/detect", "/app").returncode == 0
        done = inside("/buildpack/bin/compile", "/app", "/cache", "/env")
        assert done.returncode == 0, done.stdout + done.stderr
        said.append(done.stdout)
    assert "Installing assetbuild's own packages" in said[0]
    assert "Installing" not in said[1]
    assert (root / "app/own.txt").read_text() == "OWN=1\n"
    assert (root / "app/public/assets/manifest.json").is_file()
    (css,) = (root / "app/public/assets").glob("site.*.css")
    assert "width:6px" in css.read_text()
    assert "release: assetbuild upload" in (root / "app/Procfile").read_text()
    told = inside("/app/.assetbuild/runtime/bin/assetbuild", "--version")
    assert told.returncode == 0, told.stderr
