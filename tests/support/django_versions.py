"""Run the Django integration's tests under every Django that is supported upstream.

Usage: python -m tests.support.django_versions [PYTHON ...]

Each version gets an environment of its own below .cache/django/, with the first of the named Pythons
(default: python3.14, python3.13, … on PATH) that it runs on. Exit code 1: a test failed, or no
Python for a version was found.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
# from the table of supported versions of Django's download page, November 2026; newest first
VERSIONS = {"6.1": (3, 12), "6.0": (3, 12), "5.2": (3, 10)}
NAMES = (*(f"python3.{minor}" for minor in range(14, 9, -1)), "python3")
TOOLS = ("pytest", "gunicorn", "uvicorn", "watchfiles", "hypothesis")
TESTS = ("tests/integrations/test_django.py", "tests/integrations/test_examples.py")


def find_python(names: tuple[str, ...], least: tuple[int, int]) -> str | None:
    """Return the first Python that runs and is new enough."""
    for name in names:
        path = shutil.which(name)
        if path is None:
            continue
        code = f"import sys, venv; sys.exit(sys.version_info < {least})"
        # a name on PATH may be a shim without a Python behind it
        done = subprocess.run([path, "-c", code], check=False, capture_output=True)
        if done.returncode == 0:
            return path
    return None


def run_version(version: str, python: str) -> bool:
    """Install and test; tell whether all passed."""
    folder = ROOT / ".cache" / "django" / version
    inside = folder / "bin" / "python"
    if not inside.exists():
        subprocess.run([python, "-m", "venv", folder], check=True)
    pip = [str(inside), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--upgrade", "pip>=24"], check=True)
    subprocess.run([*pip, "--editable", str(ROOT), f"django~={version}.0", *TOOLS], check=True)
    told = "import django, sys; print('Django', django.__version__, 'on Python', sys.version.split()[0])"
    subprocess.run([inside, "-c", told], check=True)
    options = ["-k", "not flask and not starlette", "-p", "no:cacheprovider"]
    # what Django itself will drop must not be used: its warnings are errors, as everywhere
    env = {**os.environ, "PYTHONDEVMODE": "1"}
    done = subprocess.run(
        [inside, "-m", "pytest", *options, *TESTS], cwd=ROOT, env=env, check=False
    )
    return done.returncode == 0


def main(names: tuple[str, ...]) -> int:
    """Test every version; 0 when all passed."""
    outcome: dict[str, str] = {}
    for version, least in VERSIONS.items():
        python = find_python(names or NAMES, least)
        if python is None:
            outcome[version] = f"not run: needs Python {least[0]}.{least[1]} or later"
        else:
            outcome[version] = "passed" if run_version(version, python) else "failed"
    for version, word in outcome.items():
        sys.stdout.write(f"Django {version}: {word}\n")
    return 0 if set(outcome.values()) == {"passed"} else 1


if __name__ == "__main__":
    sys.exit(main(tuple(sys.argv[1:])))
