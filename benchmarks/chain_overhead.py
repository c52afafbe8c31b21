"""What the chain itself costs: ten packs that do nothing, against heroku-buildpack-multi's way.

Run ``python -m benchmarks.chain_overhead``. Both get the same ten git repositories by file://, so
that the network is out of the picture (which flatters the peer: it fetches one after the other).
Cold: nothing fetched before. Warm: the same cache folders again. The asset build has a process of
its own and is told apart.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
COUNT = 10
ROUNDS = 7
PATH = "/usr/local/bin:/usr/bin:/bin"


def make_pack(folder: Path, name: str) -> str:
    (folder / name / "bin").mkdir(parents=True)
    scripts = {
        "detect": f"#!/bin/sh\necho {name}\n",
        "compile": f"#!/bin/sh\necho '-----> {name}'\necho 'export {name.upper()}=1' > export\n",
        "release": "#!/bin/sh\necho '--- {}'\n",
    }
    for script, text in scripts.items():
        path = folder / name / "bin" / script
        path.write_text(text)
        path.chmod(0o755)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "pack"]):
        subprocess.run([*git, *arguments], cwd=folder / name, check=True)
    return f"file://{folder / name}"


def make_app(folder: Path, urls: list[str]) -> Path:
    folder.mkdir()
    (folder / ".buildpacks").write_text("".join(f"{url}\n" for url in urls))
    (folder / "package.json").write_text("{}")
    return folder


def timed(run: Callable[[], float]) -> tuple[float, float]:
    """Return (wall seconds, seconds of them that were not the chain's)."""
    started = time.perf_counter()
    beside = run()
    return time.perf_counter() - started, beside


def run_peer(app: Path, cache: Path, env: Path) -> float:
    subprocess.run(
        [str(ROOT / "benchmarks/multi_way.sh"), str(app), str(cache), str(env)],
        env={"PATH": PATH, "HOME": str(app)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return 0.0


def run_ours(app: Path, cache: Path, env: Path) -> float:
    subprocess.run(
        [
            *(sys.executable, "-m", "assetbuild", "platform", "compile"),
            *(str(app), str(cache), str(env), "--state", str(cache / "state")),
        ],
        env={"PATH": PATH, "HOME": str(app), "PYTHONPATH": str(ROOT), "STACK": "heroku-24"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    assets = json.loads((cache / "build-report.json").read_bytes())["assets"]
    return float(assets["seconds"]) if assets else 0.0


def measure(
    runner: Callable[[Path, Path, Path], float], work: Path, urls: list[str], *, is_warm: bool
) -> tuple[float, float]:
    walls, owns = [], []
    for round_number in range(ROUNDS + is_warm):
        cache, env = work / "cache", work / "env"
        if not is_warm:
            shutil.rmtree(cache, ignore_errors=True)
        for folder in (cache, env):
            folder.mkdir(exist_ok=True)
        app = make_app(work / "app", urls)
        wall, beside = timed(lambda: runner(app, cache, env))  # noqa: B023 - called at once
        shutil.rmtree(app)
        if not (is_warm and round_number == 0):
            walls.append(wall)
            owns.append(wall - beside)
    return statistics.median(walls), statistics.median(owns)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="assetbuild-bench-") as name:
        work = Path(name)
        urls = [make_pack(work / "repositories", f"pack{number}") for number in range(COUNT)]
        rows = {}
        for label, runner, is_warm in (
            ("multi's way, cold", run_peer, False),
            ("multi's way, again", run_peer, True),
            ("assetbuild, cold", run_ours, False),
            ("assetbuild, warm", run_ours, True),
        ):
            rows[label] = measure(runner, work, urls, is_warm=is_warm)
        print(f"{COUNT} packs that do nothing, median of {ROUNDS}, {os.cpu_count()} cores")
        for label, (wall, own) in rows.items():
            print(f"  {label:20} {wall:6.3f} s, of them the chain {own:6.3f} s")
        cold = rows["assetbuild, cold"][1] / rows["multi's way, cold"][1]
        print(f"  cold, chain to chain: {cold:.2f} of the peer's time")


if __name__ == "__main__":
    main()
