"""Build real trees of the npm and PyPI registries and say how each ends.

Run ``python -m benchmarks.trees [NAME ...]``. Each tree is copied into an empty project and built
twice with an empty cache of its own. An output is *good* when every ``url()`` and ``@import`` of
its style sheets, as another parser (tinycss2) reads them, names a file that is there.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import tinycss2

from benchmarks.registry import fetch_npm, fetch_pypi
from benchmarks.runs import children_cpu_s

# what an app that wants Dart Sass has in its node_modules
DART_SASS = (
    ("sass", "1.93.2"),
    ("immutable", "5.1.3"),
    ("source-map-js", "1.2.1"),
    ("chokidar", "4.0.3"),
)

# third-party style sheets name files that their packages do not ship
RELAXED = '[[rule]]\nglob = "**"\nmissing = "warn"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A package, the folders of it that an app would serve, and what else it needs."""

    package: str  # as its registry names it
    version: str  # exact
    roots: tuple[str, ...]  # source roots, below the package
    registry: str = "npm"  # or "pypi"
    needs: tuple[tuple[str, str], ...] = ()  # npm packages that lie in node_modules
    config: str = ""  # more TOML
    in_node_modules: bool = False  # the package's own folder is node_modules/<package>
    entries: dict[str, str] = field(default_factory=dict)  # sources of the app's own

    @property
    def name(self) -> str:
        return f"{self.package} {self.version}"


def _uses(text: str, name: str = "app.scss") -> dict[str, str]:
    return {f"assets/{name}": text}


TREES = (
    Tree(package="bootstrap", version="3.4.1", roots=("dist", "fonts", "less")),
    Tree(package="bootstrap", version="4.6.2", roots=("dist", "scss")),
    Tree(package="bootstrap", version="5.3.8", roots=("dist", "scss")),
    Tree(package="font-awesome", version="4.7.0", roots=("css", "fonts", "less", "scss")),
    Tree(
        package="@fortawesome/fontawesome-free",
        version="6.7.2",
        roots=("css", "js", "less", "scss", "sprites", "svgs", "webfonts"),
    ),
    Tree(
        package="bulma",
        version="0.9.4",
        roots=("assets", "node_modules/bulma/css"),
        in_node_modules=True,
        entries=_uses('@import "bulma/bulma";\n'),
    ),
    Tree(
        package="bulma",
        version="1.0.4",
        roots=("assets", "node_modules/bulma/css"),
        in_node_modules=True,
        needs=DART_SASS,
        entries=_uses('@use "bulma/sass";\n'),
    ),
    Tree(
        package="govuk-frontend",
        version="5.11.0",
        roots=("assets", "node_modules/govuk-frontend/dist/govuk/assets"),
        in_node_modules=True,
        needs=DART_SASS,
        entries=_uses('@import "govuk-frontend/dist/govuk/index";\n'),
    ),
    Tree(
        package="@uswds/uswds",
        version="3.13.0",
        roots=("assets", "node_modules/@uswds/uswds/dist"),
        in_node_modules=True,
        needs=DART_SASS,
        entries=_uses(
            '@use "uswds-core" with ($theme-show-notifications: false);\n@forward "uswds";\n',
            name="css/app.scss",
        ),
        # its scss/ names packages beside it that are only found through the load path
        config='load-paths = ["node_modules/@uswds/uswds/packages"]\nexclude = ["scss/**"]\n',
    ),
    Tree(
        package="Django", version="5.2.8", registry="pypi", roots=("django/contrib/admin/static",)
    ),
    Tree(package="tinymce", version="6.8.5", roots=(".",)),
    Tree(package="jquery-ui", version="1.14.1", roots=("dist", "themes", "ui")),
    Tree(package="leaflet", version="1.9.4", roots=("dist",)),
    Tree(package="katex", version="0.16.22", roots=("dist",)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a tree's build ended."""

    name: str  # package and version
    files: int  # sources that lie below the roots
    exit_code: int  # of the first build
    cold_s: float  # of the first build, with an empty cache
    cold_cpu_s: float  # of all its processes: what another program on the machine does not change
    again_s: float  # of the second build, where nothing changed
    again_cpu_s: float  # of its processes
    outputs: int  # entries of the manifest
    broken: tuple[str, ...]  # references of the outputs that lead nowhere
    first_error: str  # what the first build said first; empty where it ended well


def lay_project(tree: Tree, project: Path) -> int:
    """Copy the tree into an empty project, configure it, and return how many files it has."""
    package = (fetch_npm if tree.registry == "npm" else fetch_pypi)(tree.package, tree.version)
    count = 0
    if tree.in_node_modules:
        shutil.copytree(package, project / "node_modules" / tree.package)
        roots = list(tree.roots)
    else:
        roots = []
        for root in tree.roots:
            place = "static" if root == "." else f"static/{root.rpartition('/')[2]}"
            shutil.copytree(package / root, project / place, dirs_exist_ok=True)
        roots = ["static"]
    for name, version in tree.needs:
        shutil.copytree(fetch_npm(name, version), project / "node_modules" / name)
    for name, text in tree.entries.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    for root in roots:
        count += sum(1 for path in (project / root).rglob("*") if path.is_file())
    extra = tree.config if tree.config.startswith("[assets]") else f"[assets]\n{tree.config}"
    lines = extra.replace("[assets]\n", f"[assets]\nroots = {roots!r}\n".replace("'", '"'))
    (project / "assetbuild.toml").write_text(f"{lines}\n{RELAXED}")
    return count


def build(tree: Tree) -> Outcome:
    """Build one tree twice and check its outputs."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        project.mkdir()
        files = lay_project(tree, project)
        # the compilers stay in the user's cache: their download is not the build's time
        argv = [sys.executable, "-m", "assetbuild", "compile", "--project", str(project)]
        argv += ["--cache-dir", f"{folder}/cache"]
        seconds: list[float] = []
        cpu_seconds: list[float] = []
        for _run in range(2):
            started, cpu = time.monotonic(), children_cpu_s()
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            seconds.append(time.monotonic() - started)
            cpu_seconds.append(children_cpu_s() - cpu)
            if done.returncode:
                break
        output = project / "public/assets"
        good = done.returncode == 0
        lines = [line for line in done.stderr.splitlines() if not line.startswith("warning")]
        return Outcome(
            name=tree.name,
            files=files,
            exit_code=done.returncode,
            cold_s=seconds[0],
            cold_cpu_s=cpu_seconds[0],
            again_s=seconds[-1],
            again_cpu_s=cpu_seconds[-1],
            outputs=sum(1 for path in output.rglob("*") if path.is_file()) if good else 0,
            broken=tuple(find_broken(output)) if good else (),
            first_error="" if good else (lines[0] if lines else ""),
        )


def find_broken(output: Path) -> Iterator[str]:
    """Yield the references of style sheets below a folder that name no file."""
    for path in sorted(output.rglob("*.css")):
        rules = tinycss2.parse_stylesheet_bytes(path.read_bytes())[0]
        for url in _urls(rules):
            parts = urlsplit(url)
            if not url or parts.scheme or parts.netloc or url.startswith("#"):
                continue
            if not (path.parent / unquote(parts.path)).is_file():
                yield f"{path.relative_to(output)}: {url}"


def _urls(nodes: list[object]) -> Iterator[str]:
    for node in nodes:
        kind = getattr(node, "type", "")
        if kind == "url":
            yield getattr(node, "value", "")
        elif kind == "function" and getattr(node, "lower_name", "") == "url":
            yield from (one.value for one in getattr(node, "arguments", ()) if one.type == "string")
        elif kind == "at-rule" and getattr(node, "lower_at_keyword", "") == "import":
            strings = [one.value for one in getattr(node, "prelude", ()) if one.type == "string"]
            yield from strings[:1]
        for part in ("prelude", "content", "arguments"):
            yield from _urls(getattr(node, part, None) or [])


def main(names: list[str]) -> int:
    """Print one row a tree, and the references that lead nowhere."""
    print("| tree | files | outputs | cold s | of CPU | again s | of CPU | outcome |")
    print("|---|---|---|---|---|---|---|---|")
    failed = 0
    for tree in TREES:
        if names and not any(name in tree.name for name in names):
            continue
        one = build(tree)
        ending = "built" if one.exit_code == 0 else f"exit {one.exit_code}: {one.first_error}"
        if one.broken:
            ending += f"; {len(one.broken)} references name nothing"
        failed += bool(one.exit_code or one.broken)
        row = (
            f"| {one.name} | {one.files} | {one.outputs} | {one.cold_s:.2f} | {one.cold_cpu_s:.2f}"
        )
        row += f" | {one.again_s:.2f} | {one.again_cpu_s:.2f} |"
        print(f"{row} {ending} |", flush=True)
        for reference in one.broken[:5]:
            print(f"  {reference}", file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
