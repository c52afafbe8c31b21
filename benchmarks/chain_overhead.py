"""What the chain itself costs: ten packs that do nothing, against heroku-buildpack-multi's way.

Run ``python -m benchmarks.chain_overhead``. Both get the same ten git repositories by file://: first
as they are, with no network in the picture, then with a git in front that waits LATENCY_S at each
command that would connect (clone, fetch, ls-remote), as a distant host makes it wait.
Cold: nothing fetched before. Warm: the same cache folders again. The asset build has a process of
its own and is told apart.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.ratio import Ratio, need_program, print_table

ROOT = Path(__file__).parent.parent
COUNT = 10
ROUNDS = 7
PATH = "/usr/local/bin:/usr/bin:/bin"
LATENCY_S = 0.3  # of a connection: name, TCP, TLS and the first answer of a distant git host
SLOW_GIT = """#!/bin/sh
for word in "$@"; do
  case $word in clone | fetch | ls-remote) sleep {latency}; break ;; esac
done
exec {git} "$@"
"""


def make_pack(folder: Path, name: str) -> str:
    """Commit a pack that does nothing, and return its URL."""
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
    """Lay an app that lists the packs."""
    folder.mkdir()
    (folder / ".buildpacks").write_text("".join(f"{url}\n" for url in urls))
    (folder / "package.json").write_text("{}")
    return folder


def timed(run: Callable[[], float]) -> tuple[float, float]:
    """Return (wall seconds, seconds of them that were not the chain's)."""
    started = time.perf_counter()
    beside = run()
    return time.perf_counter() - started, beside


def run_peer(app: Path, cache: Path, env: Path, path: str) -> float:
    """Build as heroku-buildpack-multi does; all of the time is the chain's."""
    subprocess.run(
        [str(ROOT / "benchmarks/multi_way.sh"), str(app), str(cache), str(env)],
        env={"PATH": path, "HOME": str(app)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return 0.0


def run_ours(app: Path, cache: Path, env: Path, path: str) -> float:
    """Build as bin/compile does; return the seconds that went into the assets."""
    subprocess.run(
        [
            *(sys.executable, "-m", "assetbuild", "platform", "compile"),
            *(str(app), str(cache), str(env), "--state", str(cache / "state")),
        ],
        env={"PATH": path, "HOME": str(app), "PYTHONPATH": str(ROOT), "STACK": "heroku-24"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    assets = json.loads((cache / "build-report.json").read_bytes())["assets"]
    return float(assets["seconds"]) if assets else 0.0


def measure(
    runner: Callable[[Path, Path, Path, str], float],
    work: Path,
    urls: list[str],
    *,
    is_warm: bool,
    path: str,
) -> tuple[float, float]:
    """Return the medians: wall seconds, and those of them that were the chain's."""
    walls, owns = [], []
    for round_number in range(ROUNDS + is_warm):
        cache, env = work / "cache", work / "env"
        if not is_warm:
            shutil.rmtree(cache, ignore_errors=True)
        for folder in (cache, env):
            folder.mkdir(exist_ok=True)
        app = make_app(work / "app", urls)
        wall, beside = timed(lambda: runner(app, cache, env, path))  # noqa: B023 - called at once
        shutil.rmtree(app)
        if not (is_warm and round_number == 0):
            walls.append(wall)
            owns.append(wall - beside)
    return statistics.median(walls), statistics.median(owns)


def ratios() -> Iterator[Ratio]:
    """Measure both ways, cold and warm, without and with a distant host's latency."""
    git = need_program("git")
    with tempfile.TemporaryDirectory(prefix="assetbuild-bench-") as name:
        work = Path(name)
        urls = [make_pack(work / "repositories", f"pack{number}") for number in range(COUNT)]
        yield from compare(work, urls, title="no latency", path=PATH)
        slow = work / "slow"
        slow.mkdir()
        (slow / "git").write_text(SLOW_GIT.format(latency=LATENCY_S, git=git))
        (slow / "git").chmod(0o755)
        title = f"{LATENCY_S} s a connection"
        yield from compare(work, urls, title=title, path=f"{slow}:{PATH}")


def compare(work: Path, urls: list[str], *, title: str, path: str) -> Iterator[Ratio]:
    """Yield the chain's own time against the peer's, cold and warm."""
    for state, is_warm in (("cold", False), ("again", True)):
        _, peer = measure(run_peer, work, urls, is_warm=is_warm, path=path)
        _, ours = measure(run_ours, work, urls, is_warm=is_warm, path=path)
        yield Ratio(
            what=f"chain of {len(urls)} packs, {title}, {state}",
            ours=ours,
            peer=peer,
            peer_name="heroku-buildpack-multi's way",
        )


if __name__ == "__main__":
    print_table(ratios())
