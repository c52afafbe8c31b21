"""Build a tree of over 500 CoffeeScript and 200 SCSS files, as its packages ship them, on each engine.

Run ``python -m benchmarks.polyglot``. Needs node and npm. On each engine: cold, one CoffeeScript file
changed, nothing changed; whole processes, an empty cache each time. The peer is the way without
assetbuild: npm's ``coffee`` with source maps and ``sass --style=compressed``, one after the other.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.ratio import Ratio, need_program, print_table
from benchmarks.registry import fetch_npm, npm_tool
from benchmarks.runs import compile_project, seconds_of

COFFEE = (("hubot", "2.19.0"), ("codo", "2.1.2"), ("hubot-scripts", "2.17.2"))
# package, version, the folders of it that its style sheets need
SCSS = (
    ("bootstrap", "5.3.8", ("scss",)),
    ("foundation-sites", "6.8.1", ("scss", "_vendor")),
    ("@fortawesome/fontawesome-free", "6.7.2", ("scss", "webfonts")),
    ("bourbon", "5.1.0", ("core",)),
)
# the compiler refuses them, as the packages shipped them
WRONG = frozenset(
    {
        "codo/spec/_templates/methods/class_methods.coffee",
        "codo/spec/_templates/mixins/mixin_methods.coffee",
        "hubot-scripts/src/scripts/hangman.coffee",
        "hubot-scripts/src/scripts/pagerduty_points.coffee",
    }
)
# npm's coffeescript 1 and sass make no smaller scripts, no hashes, no variants: neither do we here
CONFIG = """
[assets]
engine = "{engine}"
minify = false
load-paths = ["assets/css/foundation-sites/scss"]
[language.coffee]
version = "1"
[variants]
profile = "off"
"""


def lay(project: Path) -> None:
    """Lay the sources of one app."""
    assets = project / "assets"
    for package, version in COFFEE:
        folder = fetch_npm(package, version)
        for path in sorted(folder.rglob("*.coffee")):
            name = f"{package}/{path.relative_to(folder).as_posix()}"
            if name not in WRONG:
                target = assets / "js" / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
    for package, version, folders in SCSS:
        for one in folders:
            target = assets / "css" / package.rpartition("/")[2] / one
            shutil.copytree(fetch_npm(package, version) / one, target)


def run_peers(project: Path, coffee: Path, sass: Path) -> None:
    """Compile with npm's programs, each told the whole tree at once."""
    out = project / "peers"
    js, css = project / "assets/js", project / "assets/css"
    argv = [str(coffee), "--compile", "--map", "--output", str(out / "js"), str(js)]
    subprocess.run(argv, check=True, capture_output=True)
    load = project / "assets/css/foundation-sites/scss"
    argv = [str(sass), "--quiet", "--load-path", str(load), f"{css}:{out / 'css'}"]
    subprocess.run(argv, check=True, capture_output=True)


def ratios() -> Iterator[Ratio]:
    """Measure each engine that is here against npm's compilers."""
    need_program("node")
    coffee, sass = npm_tool("coffeescript", "1.12.7", program="coffee"), npm_tool("sass", "1.93.2")
    engines = ["node", *(["v8"] if importlib.util.find_spec("py_mini_racer") else []), "dukpy"]
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "app"
        lay(project)
        scripts, sheets = (sum(1 for _ in project.rglob(f"*.{one}")) for one in ("coffee", "scss"))
        tree = f"{scripts} CoffeeScript, {sheets} SCSS"
        peer = seconds_of(lambda: run_peers(project, coffee, sass))
        leaf = project / "assets/js/hubot/src/user.coffee"
        text = leaf.read_text()
        digests = set()
        for engine in engines:
            (project / "assetbuild.toml").write_text(CONFIG.format(engine=engine))
            cache = Path(folder) / f"cache-{engine}"
            shutil.rmtree(project / "public", ignore_errors=True)
            leaf.write_text(text)
            first = seconds_of(partial(compile_project, project, cache))
            digests.add((project / "public/assets/manifest.json").read_bytes())
            leaf.write_text(text + "\n")
            time.sleep(0.1)
            one = seconds_of(partial(compile_project, project, cache))
            time.sleep(0.1)
            compile_project(project, cache)
            none = seconds_of(partial(compile_project, project, cache))
            rows = {"cold": first, "one file changed": one, "nothing changed": none}
            for name, ours in rows.items():
                yield Ratio(
                    what=f"{tree}, {engine}: {name}",
                    ours=ours,
                    peer=peer,
                    peer_name="coffee 1.12 and sass 1.93",
                )
        if len(digests) > 1:
            raise SystemExit("the engines made different bytes")


if __name__ == "__main__":
    print_table(ratios())
