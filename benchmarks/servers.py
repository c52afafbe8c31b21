"""Start the benchmark's own S3 server and end it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def run_server() -> Iterator[str]:
    """Yield the URL of a fresh, empty server."""
    argv = [sys.executable, "-m", "benchmarks.s3_server"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            yield child.stdout.readline().strip()
        finally:
            child.terminate()
