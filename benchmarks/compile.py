"""Compile what users compile, against the tools they have, in one run.

Run ``python -m benchmarks.compile``. Needs node, npm and Django. bootstrap 5 (SCSS), Font Awesome 6,
jquery and d3: a cold assetbuild against `sass` + `esbuild --minify` + Django's collectstatic with
manifest storage of the same tree, and against webassets; then assetbuild with nothing changed and
with one leaf changed, and one added; then the icons alone, with nothing to compile, against collectstatic.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.ratio import Missing, Ratio, need_program, print_table
from benchmarks.registry import fetch_npm, npm_tool
from benchmarks.runs import compile_project, seconds_of

ROUNDS = 3
SETTINGS = """
import os
BASE = os.path.dirname(os.path.abspath(__file__))
SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.staticfiles"]
STATIC_URL = "/static/"
STATIC_ROOT = BASE + "/out"
STATICFILES_DIRS = [BASE + "/built"]
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}}
"""
# what webassets does of it: texts alone, each a bundle of its own; it copies no icons and no fonts
WEBASSETS = """
import glob, logging, os, sys
from webassets import Bundle, Environment
from webassets.script import CommandLineEnvironment
project = sys.argv[1]
env = Environment(project + "/webassets", "/static", cache=False, manifest="json")
env.append_path(project + "/assets", "/source")
def add(name, filters, end):
    stem = os.path.splitext(name)[0]
    env.register(name, Bundle(name, filters=filters, output=stem + ".%(version)s" + end))
add("scss/app.scss", "libsass,rcssmin", ".css")
for path in sorted(glob.glob(project + "/assets/icons/css/*.css")):
    add(os.path.relpath(path, project + "/assets"), "cssrewrite,rcssmin", ".css")
for path in sorted(glob.glob(project + "/assets/js/*.js")):
    add(os.path.relpath(path, project + "/assets"), "rjsmin", ".js")
CommandLineEnvironment(env, logging.getLogger()).build()
"""
CONFIG = '[variants]\nprofile = "off"\n[[rule]]\nglob = "**"\nmissing = "warn"\n'


def lay(project: Path) -> None:
    """Lay the sources of one app."""
    assets = project / "assets"
    icons = fetch_npm("@fortawesome/fontawesome-free", "6.7.2")
    for part in ("css", "svgs", "webfonts"):
        shutil.copytree(icons / part, assets / "icons" / part)
    shutil.copytree(fetch_npm("bootstrap", "5.3.8") / "scss", assets / "scss/bootstrap")
    (assets / "scss/app.scss").write_text('@import "bootstrap/bootstrap";\n')
    for name, version, file in (("jquery", "3.7.1", "jquery.js"), ("d3", "7.9.0", "d3.js")):
        (assets / "js").mkdir(exist_ok=True)
        shutil.copy(fetch_npm(name, version) / "dist" / file, assets / "js" / file)
    entries = ("bootstrap-grid", "bootstrap-reboot", "bootstrap-utilities", "bootstrap")
    for name in entries:  # partials of the app: only app.scss is an entry on both sides
        path = assets / f"scss/bootstrap/{name}.scss"
        path.rename(path.with_name(f"_{name}.scss"))
    (project / "assetbuild.toml").write_text(CONFIG)
    (project / "settings.py").write_text(SETTINGS)


def run_peers(project: Path, sass: Path, esbuild: Path) -> None:
    """Do with the peers what assetbuild does: compile, minify, hash, rewrite, copy."""
    shutil.rmtree(project / "built", ignore_errors=True)
    shutil.rmtree(project / "out", ignore_errors=True)
    built = project / "built"
    shutil.copytree(project / "assets/icons", built / "icons")
    source, target = project / "assets/scss/app.scss", built / "scss/app.css"
    argv = [str(sass), "--quiet", "--style=compressed", str(source), str(target)]
    subprocess.run(argv, check=True, capture_output=True)
    for script in sorted((project / "assets/js").glob("*.js")):
        target = built / "js" / script.name
        argv = [str(esbuild), "--minify", "--sourcemap", str(script), f"--outfile={target}"]
        subprocess.run(argv, check=True, capture_output=True)
    collect(project)


def run_webassets(project: Path) -> None:
    """Let webassets compile, minify, hash and rewrite the texts."""
    shutil.rmtree(project / "webassets", ignore_errors=True)
    argv = [sys.executable, "-c", WEBASSETS, str(project)]
    subprocess.run(argv, check=True, capture_output=True)


def collect(project: Path) -> None:
    """Run collectstatic with manifest storage."""
    env = {**os.environ, "PYTHONPATH": str(project), "DJANGO_SETTINGS_MODULE": "settings"}
    argv = [sys.executable, "-m", "django", "collectstatic", "--noinput", "-v0"]
    subprocess.run(argv, check=True, env=env, capture_output=True)


def ratios() -> Iterator[Ratio]:
    """Measure the peers and assetbuild, cold, with nothing changed, one leaf changed and one added."""
    need_program("npm")
    if importlib.util.find_spec("webassets") is None:
        raise Missing("needs webassets (pip install)")
    sass, esbuild = npm_tool("sass", "1.93.2"), npm_tool("esbuild", "0.25.12")
    with tempfile.TemporaryDirectory() as folder:
        project, cache = Path(folder) / "app", Path(folder) / "cache"
        project.mkdir()
        lay(project)
        (project / "assets/js/leaf.js").write_text("leaf();\n")
        seconds: dict[str, list[float]] = {"peers": [], "cold": [], "nothing": [], "leaf": []}
        seconds |= {"added": [], "webassets": [], "collectstatic": [], "icons": []}
        for turn in range(ROUNDS):
            seconds["peers"].append(seconds_of(lambda: run_peers(project, sass, esbuild)))
            shutil.rmtree(project / "public", ignore_errors=True)
            shutil.rmtree(cache, ignore_errors=True)
            seconds["cold"].append(seconds_of(lambda: compile_project(project, cache)))
            time.sleep(0.1)
            compile_project(project, cache)
            seconds["nothing"].append(seconds_of(lambda: compile_project(project, cache)))
            (project / "assets/js/leaf.js").write_text(f"leaf({turn});\n")
            seconds["leaf"].append(seconds_of(lambda: compile_project(project, cache)))
            (project / "assets/js/new.js").write_text("added();\n")
            seconds["added"].append(seconds_of(lambda: compile_project(project, cache)))
            (project / "assets/js/new.js").unlink()
            seconds["webassets"].append(seconds_of(lambda: run_webassets(project)))
        # the icons alone, not minified, as collectstatic takes them
        shutil.rmtree(project / "assets/scss")
        shutil.rmtree(project / "assets/js")
        (project / "assetbuild.toml").write_text(f"[assets]\nminify = false\n{CONFIG}")
        compile_project(project, cache)
        for turn in range(ROUNDS):
            # new folders: ext4 is slow to give out what was removed a moment ago
            (project / "out").rename(project / f"gone-{turn}")
            seconds["collectstatic"].append(seconds_of(lambda: collect(project)))
            (project / "public").rename(project / f"public-{turn}")
            fresh = Path(folder) / f"cache-{turn}"
            seconds["icons"].append(seconds_of(partial(compile_project, project, fresh)))
    middle = {key: statistics.median(values) for key, values in seconds.items()}
    names = {"cold": "cold", "nothing": "nothing changed", "leaf": "one leaf changed"}
    names["added"] = "one leaf added"
    for key, title in names.items():
        yield Ratio(
            what=f"bootstrap 5, Font Awesome 6, jquery, d3: {title}",
            ours=middle[key],
            peer=middle["peers"],
            peer_name="sass + esbuild + collectstatic",
        )
    yield Ratio(
        what="bootstrap 5, Font Awesome 6, jquery, d3: cold, against the texts alone",
        ours=middle["cold"],
        peer=middle["webassets"],
        peer_name="webassets",
    )
    yield Ratio(
        what="Font Awesome 6, nothing to compile: cold",
        ours=middle["icons"],
        peer=middle["collectstatic"],
        peer_name="collectstatic",
        target=1.0,
    )


if __name__ == "__main__":
    print_table(ratios())
