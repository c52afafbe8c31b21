"""Run code where a folder is a small or closed disk of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def run_with_disk(
    folder: Path, option: str, code: str, *arguments: str
) -> subprocess.CompletedProcess[bytes]:
    """Run Python code in a mount namespace with a tmpfs at ``folder``; skip where that cannot be.

    ``option`` is one of mount(8): "size=512k", "ro".
    """
    mount = f'mount -t tmpfs -o {option} none "{folder}"'
    done = subprocess.run(
        [
            *("unshare", "-m", "/bin/sh", "-c", f'{mount} && exec "$@"', "sh"),
            *(sys.executable, "-c", code, *arguments),
        ],
        capture_output=True,
        check=False,
    )
    if done.returncode == 32 or b"permission denied" in done.stderr.lower():
        pytest.skip("mounts are not allowed here")
    return done
