"""``assetbuild upload`` against peers, on the S3 server that the environment names.

Usage: ASSETBUILD_TEST_S3_ENDPOINT=… _ACCESS_KEY=… _SECRET_KEY=… python -m benchmarks.upload
The bucket ASSETBUILD_TEST_S3_BUCKET ("assetbuild-test") exists; a peer that is not on PATH is left out.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from benchmarks.ratio import Missing, Ratio, print_table
from tests.support.built_app import OUTPUT, write_build

SETS = {"2,000 files of 4 kB": (2000, 4_000), "200 files of 1 MB": (200, 1_000_000)}


def seconds(argv: list[str], env: dict[str, str], cwd: Path) -> float:
    started = time.monotonic()
    subprocess.run(argv, cwd=cwd, env=env, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - started


def ratios() -> Iterator[Ratio]:
    """Upload to the bucket with every program that is here, twice each."""
    endpoint = os.environ.get("ASSETBUILD_TEST_S3_ENDPOINT")
    if not endpoint:
        raise Missing(
            "needs an S3 server: set ASSETBUILD_TEST_S3_ENDPOINT, _ACCESS_KEY, _SECRET_KEY"
        )
    bucket = os.environ.get("ASSETBUILD_TEST_S3_BUCKET", "assetbuild-test")
    aws, rclone = "aws", "rclone"
    env = {
        **os.environ,
        "PYTHONPATH": os.getcwd(),
        "AWS_ACCESS_KEY_ID": os.environ["ASSETBUILD_TEST_S3_ACCESS_KEY"],
        "AWS_SECRET_ACCESS_KEY": os.environ["ASSETBUILD_TEST_S3_SECRET_KEY"],
        "AWS_DEFAULT_REGION": "us-east-1",
        "RCLONE_CONFIG_X_TYPE": "s3",
        "RCLONE_CONFIG_X_PROVIDER": "Ceph",
        "RCLONE_CONFIG_X_ENDPOINT": endpoint,
        "RCLONE_CONFIG_X_ENV_AUTH": "true",
        "RCLONE_CONFIG_X_REGION": "us-east-1",
    }
    for title, (count, size) in SETS.items():
        with tempfile.TemporaryDirectory() as folder:
            project, run = Path(folder), uuid.uuid4().hex[:8]
            chance = random.Random(1)
            write_build(project, {f"f/{n}.png": chance.randbytes(size) for n in range(count)})
            env["ASSETBUILD_S3_URL"] = f"s3://{bucket}/{run}/ours?endpoint={endpoint}"
            tools = {"assetbuild": [sys.executable, "-m", "assetbuild", "upload", "-q"]}
            if shutil.which(aws):
                target = f"s3://{bucket}/{run}/aws/"
                tools["aws s3 sync"] = [aws, "--endpoint-url", endpoint, "s3", "sync", "--quiet"]
                tools["aws s3 sync"] += [OUTPUT, target]
            if shutil.which(rclone):
                tools["rclone"] = [rclone, "copy", "-q", "--transfers", "16", OUTPUT]
                tools["rclone"] += [f"X:{bucket}/{run}/rclone/"]
            for phase in ("first", "nothing changed"):
                times = {name: seconds(argv, env, project) for name, argv in tools.items()}
                ours = times["assetbuild"]
                for name, one in times.items():
                    if name != "assetbuild":
                        what = f"upload of {title}, {phase}"
                        yield Ratio(what=what, ours=ours, peer=one, peer_name=name)


if __name__ == "__main__":
    print_table(ratios())
