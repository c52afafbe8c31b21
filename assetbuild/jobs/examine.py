"""Take the facts of a project that the doctor judges: files, programs, variables.

In: a project, its configuration, an environment. Out: facts. What they mean is decided in
assetbuild.doctor. Loads no compiler: this runs inside a slug too.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assetbuild.assets.cache_dir import default_cache_dir
from assetbuild.assets.discover import DiscoverRules, discover_sources
from assetbuild.assets.manifest import MANIFEST_NAME, parse_manifest
from assetbuild.assets.model import Manifest
from assetbuild.assets.roots import find_roots
from assetbuild.buildpacks.listing import PackList, read_list
from assetbuild.buildpacks.lock import is_lockable
from assetbuild.buildpacks.owners import OWNERS_NAME
from assetbuild.buildpacks.procfile import join_release, parse_procfile
from assetbuild.buildpacks.refs import is_chainer
from assetbuild.buildpacks.runtime import CHAIN_PYTHON, FOLDER, PROFILE
from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError
from assetbuild.disk import measure_room
from assetbuild.doctor.build import BuildFacts
from assetbuild.doctor.machine import FolderFact, MachineFacts
from assetbuild.doctor.nginx import NginxFacts
from assetbuild.doctor.packs import PackFacts
from assetbuild.doctor.release import ReleaseFacts, RuntimeFacts
from assetbuild.files import hash_file
from assetbuild.globs import compile_glob
from assetbuild.jobs.build import AssetBuilder
from assetbuild.jobs.packs import judge_drift, read_lock
from assetbuild.process import Command, run
from assetbuild.redact import redact_urls
from assetbuild.reporting import Reporter
from assetbuild.walking import FoundFile

_JAVASCRIPT_COMPILES = (".coffee", ".less", ".ts", ".tsx", ".jsx", ".litcoffee")
_NGINX_CONFIGS = (
    "nginx*.conf*",
    "config/nginx*.conf*",
    "conf/nginx*.conf*",
    "nginx/**/*.conf*",
    "deploy/**/nginx*.conf*",
)
_PYTHON_PACK = re.compile(r"python|conda|poetry|pipenv|(^|[-/])uv\b", re.IGNORECASE)
_PROBE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is examined."""

    config: Config  # of the project, which it names
    env: Mapping[str, str]  # of this process
    reporter: Reporter  # where a build that is only looked at would tell

    @property
    def project(self) -> Path:
        """Absolute folder of the app."""
        return self.config.project

    @property
    def is_dyno(self) -> bool:
        """The platform runs us."""
        return "DYNO" in self.env

    @property
    def is_slug(self) -> bool:
        """The folder is what the chain built, here or in a dyno."""
        places = (self.project / FOLDER, self.project / OWNERS_NAME)
        return self.is_dyno or any(one.exists() for one in places)


def take_machine(subject: Subject) -> MachineFacts:
    """Return what this machine has for builds; writes nothing that stays."""
    env, project = subject.env, subject.project
    places = (
        ("cache", default_cache_dir(env)),
        ("output", project / subject.config.assets.output),
        ("temporary", Path(env.get("TMPDIR") or "/tmp")),
    )
    return MachineFacts(
        python=".".join(map(str, sys.version_info[:3])),
        node=shutil.which("node", path=env.get("PATH", "")),
        has_v8=importlib.util.find_spec("py_mini_racer") is not None,
        scripts=sum(1 for one in _find_sources(subject) if one.path.endswith(_JAVASCRIPT_COMPILES)),
        # nothing is built in a slug, and its disk is the dyno's own
        folders=()
        if subject.is_slug
        else tuple(
            FolderFact(role=role, path=str(path), room=measure_room(path)) for role, path in places
        ),
    )


def _find_sources(subject: Subject) -> list[FoundFile]:
    """Return the sources; none where they cannot be found, which a build would tell."""
    config = subject.config
    rules = DiscoverRules(
        project=str(subject.project),
        output=str(subject.project / config.assets.output),
        exclude=tuple(compile_glob(one) for one in config.assets.exclude),
    )
    with contextlib.suppress(AssetbuildError, OSError):
        found = discover_sources(find_roots(config).roots, rules)
        return [one.file for one in found.sources.values()]
    return []


def take_build(subject: Subject) -> tuple[BuildFacts, Manifest | None]:
    """Return what lies in the output folder. Errors: those of the manifest."""
    output = subject.config.assets.output
    folder = subject.project / output
    try:
        data = (folder / MANIFEST_NAME).read_bytes()
    except OSError:
        return BuildFacts(output=output, outputs=None, must_exist=subject.is_slug), None
    manifest = parse_manifest(data, file=f"{output}/{MANIFEST_NAME}")
    missing, changed = _compare_outputs(folder, manifest)
    return BuildFacts(
        output=output,
        outputs=len(manifest.entries),
        missing=missing,
        changed=changed,
        difference=None if subject.is_slug else _find_difference(subject, folder),
        must_exist=subject.is_slug,
    ), manifest


def _compare_outputs(folder: Path, manifest: Manifest) -> tuple[tuple[str, ...], tuple[str, ...]]:
    missing: list[str] = []
    changed: list[str] = []
    for entry in manifest.entries.values():
        named = [(entry.hashed, entry.size, entry.sha256)]
        named += [(one.path, one.size, one.sha256) for one in entry.variants.values()]
        for name, size, sha256 in named:
            path = folder / name
            try:
                if path.stat().st_size != size or hash_file(path) != sha256:
                    changed.append(str(name))
            except OSError:
                missing.append(str(name))
    return tuple(sorted(missing)), tuple(sorted(changed))


def _find_difference(subject: Subject, folder: Path) -> str | None:
    with AssetBuilder(subject.project, env=subject.env, reporter=subject.reporter) as builder:
        try:
            found = builder.find_change()
        except LookupError:
            return _find_newer(subject, folder)
    if found is None:
        return None
    if found.endswith("changed while it was listed"):
        # the sources were written within the margin of the clock: a build looks again, we can't
        return _find_newer(subject, folder)
    what, is_tool, _ = found.partition(" is another")
    if what == "options":
        return "it was made with other options (--profile, --watch)"
    if what.startswith("packages "):
        return f"other packages are installed in {what.partition(' ')[2]}"
    return (
        f"it was made with another {what}" if is_tool else found.replace(f"{subject.project}/", "")
    )


def _find_newer(subject: Subject, folder: Path) -> str | None:
    """Compare by time: the build was made elsewhere, or its memory was removed."""
    built_ns = (folder / MANIFEST_NAME).stat().st_mtime_ns
    newest = max(_find_sources(subject), key=lambda one: one.mtime_ns, default=None)
    if newest is None or newest.mtime_ns <= built_ns:
        return None
    return f'"{os.path.relpath(newest.path, subject.project)}" is newer'


def take_packs(subject: Subject, listed: PackList) -> PackFacts:
    """Return what the app says of its packs. Errors: those of the lock."""
    locked = read_lock(subject.project)
    url = subject.env.get("BUILDPACK_URL", "").strip() or None
    return PackFacts(
        labels=tuple(one.label for one in listed.refs),
        source=listed.source,
        lockable=sum(1 for one in listed.refs if is_lockable(one)),
        has_lock=locked is not None,
        drift=judge_drift(listed, locked, is_strict=subject.config.chain.locked),
        url=None if url is None else redact_urls(url),
        is_url_ours=url is not None and is_chainer(url.partition("#")[0]),
        beside=_read_beside(subject),
    )


def _read_beside(subject: Subject) -> tuple[str, ...]:
    """Return what app.json lists, when assetbuild is among it."""
    path = subject.project / "app.json"
    if not path.is_file():
        return ()
    try:
        own = read_list({"app.json": path.read_bytes()}, Config(project=subject.project))
    except AssetbuildError:
        return ()
    return tuple(one.label for one in own.refs) if own.left_out else ()


def take_release(subject: Subject, listed: PackList) -> ReleaseFacts:
    """Return what the release phase would run, and with what."""
    path = subject.project / "Procfile"
    text = path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""
    labels = [one.label for one in listed.refs]
    types = parse_procfile(text)
    return ReleaseFacts(
        types=types,
        advice=join_release(types["release"]) if "release" in types else None,
        release_lines=len(re.findall(r"^[ \t]*release:", text, re.MULTILINE)),
        has_python=_has_python(subject) or any(_PYTHON_PACK.search(one) for one in labels),
        has_packs=bool(labels),
        runtime=_take_runtime(subject) if subject.is_slug else None,
    )


def _has_python(subject: Subject) -> bool:
    # heroku-22's run image has a Python
    places = (CHAIN_PYTHON, "bin/python3", ".venv/bin/python3")
    return subject.env.get("STACK") == "heroku-22" or any(
        (subject.project / one).exists() for one in places
    )


def _take_runtime(subject: Subject) -> RuntimeFacts:
    launcher = subject.project / FOLDER / "bin/assetbuild"
    trouble: str | None = None
    if launcher.is_file():
        done = run(
            Command(
                argv=(str(launcher), "--version"),
                cwd=subject.project,
                # as bare as a run image: what starts here starts there
                env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(subject.project)},
                timeout_s=_PROBE_S,
            )
        )
        if done.exit_code != 0:
            trouble = done.tail(1) or f"exit code {done.exit_code}"
    on_path = shutil.which("assetbuild", path=subject.env.get("PATH", "")) is not None
    return RuntimeFacts(
        has_launcher=launcher.is_file(),
        has_profile=(subject.project / PROFILE).is_file(),
        trouble=trouble,
        is_on_path=on_path if subject.is_dyno else None,
    )


def take_nginx(subject: Subject, server: str | None) -> NginxFacts:
    """Return each nginx that has to do with the app; ``server`` is what the site says of itself."""
    project = subject.project
    configs = sorted({path for glob in _NGINX_CONFIGS for path in project.glob(glob)})
    programs = [("bin/nginx", str(project / "bin/nginx"))]
    if configs:  # else this machine's own nginx has nothing to do with the app
        search = f"{subject.env.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
        programs.append(("on this machine", shutil.which("nginx", path=search) or ""))
    versions = [("in front", server)] if server else []
    versions += [(where, text) for where, path in programs if (text := _ask_version(project, path))]
    return NginxFacts(
        versions=tuple(versions),
        configs=tuple(
            (path.relative_to(project).as_posix(), path.read_text("utf-8", "replace"))
            for path in configs
            if path.is_file()
        ),
    )


def _ask_version(project: Path, program: str) -> str:
    if not Path(program).is_file():
        return ""
    done = run(Command(argv=(program, "-v"), cwd=project, env={}, timeout_s=_PROBE_S))
    return done.stderr.decode("utf-8", "replace").strip()


def find_django_settings(project: Path, env: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the settings module of a Django project, if there is one: file, text."""
    manage = project / "manage.py"
    if not manage.is_file():
        return
    pattern = r"DJANGO_SETTINGS_MODULE[\"']\s*,\s*[\"']([\w.]+)"
    written = re.search(pattern, manage.read_text("utf-8", "replace"))
    module = env.get("DJANGO_SETTINGS_MODULE") or (written[1] if written else "")
    base = module.replace(".", "/")
    for name in (f"{base}.py", f"{base}/__init__.py"):
        path = project / name
        if module and path.is_file():
            yield name, path.read_text("utf-8", "replace")
            return
