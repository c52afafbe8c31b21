"""The command line as a release phase has it: without what only a build needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
# a slug holds none of these
_ABSENT = ("sass", "dukpy", "PIL", "rcssmin", "brotli", "deflate", "boto3", "botocore", "yaml")


def run_without_compilers(
    project: Path, *arguments: str, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in a project, with nothing of this process's environment but PATH."""
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({_ABSENT!r}));"
        "from assetbuild.cli.main import main; sys.exit(main())"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=project,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        check=False,
    )
