"""The example shops in development: a copy of one, and how each framework's server is started."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.e2e.servers import ROOT

MODES = ("django", "flask", "proxy")


def copy_shop(mode: str, folder: Path) -> Path:
    """Copy the example of a mode below a folder, as a checkout has it."""
    name = "flask_shop" if mode == "flask" else "django_shop"
    ignored = shutil.ignore_patterns(".assetbuild", "public", "__pycache__")
    return shutil.copytree(ROOT / "examples" / name, folder / name, ignore=ignored)


def shop_argv(mode: str, port: int) -> list[str]:
    """Return the command that serves a shop in development, in its folder."""
    return {
        "django": [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"],
        "flask": [
            *(sys.executable, "-m", "flask", "--app", "shop", "--debug", "run", "--no-reload"),
            *("--port", str(port)),
        ],
        "proxy": [sys.executable, "-m", "assetbuild", "serve", "--port", str(port)],
    }[mode]


def shop_env(folder: Path) -> dict[str, str]:
    """Return what a shop's server needs beside the environment; its cache lies in the folder."""
    return {"ASSETBUILD_CACHE_DIR": str(folder / "cache"), "DEBUG": "1"}
