"""Slugs on this machine: build one as the platform does, measure one, pack one.

In: folders, the environment of our process, a reporter. Out: values for the command line.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assetbuild.assets.cache_dir import user_cache_dir
from assetbuild.buildpacks.owners import OWNERS_NAME, parse_owners, render_owners
from assetbuild.buildpacks.place import PlaceRequest
from assetbuild.buildpacks.runtime import FOLDER as RUNTIME
from assetbuild.buildpacks.runtime_parts import SBOM
from assetbuild.buildpacks.slug import SlugReport, report_slug
from assetbuild.buildpacks.slug_tar import iterate_ignored, measure_tar, write_tar
from assetbuild.buildpacks.slugignore import SLUGIGNORE_NAME, is_ignored, parse_patterns
from assetbuild.config.load import load_config
from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.digests import digest_parts
from assetbuild.files import atomic_write, create_whole
from assetbuild.jobs.chain import BuiltSlug, ChainRequest, build_slug
from assetbuild.process import Command, run
from assetbuild.reporting import Reporter
from assetbuild.trees import copy_tree, remove_tree, replacing_tree

# never part of a slug: the platform removes the first, and the second is the developer's own
_ALWAYS_LEFT_OUT = (".git", ".venv")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlugRequest:
    """A slug to build from an app on this machine."""

    app: Path  # absolute
    out: Path  # absolute folder that becomes the slug
    cache_dir: Path | None = None  # None: a folder of this app in the user's cache
    env_dir: Path | None = None  # config vars
    stack: str | None = None  # None: the default
    path: str | None = None  # PATH of the first pack; None: the platform's
    is_isolated: bool = True  # private /tmp and /app where the kernel allows
    is_offline: bool = False  # as of ChainRequest
    is_locked: bool = False  # as of ChainRequest


def build_local_slug(
    request: SlugRequest, *, host: Mapping[str, str], reporter: Reporter
) -> BuiltSlug:
    """Copy the app to ``out``, run the chain on it, remove what the late list names.

    After a failure ``out`` is as before: the former slug, or nothing. Errors: ``slug/out-in-use``
    when ``out`` holds files that are no slug.
    """
    config = load_config(request.app)
    cache = request.cache_dir or _default_cache(request.app, host)
    check_out(request.out)
    # beside it: the packs must find the new one at its place, whose path they write into files
    aside = request.out.with_name(f".{request.out.name}.former")
    with replacing_tree(request.out, aside=aside) as keep:
        copy_app(request.app, request.out, reporter, without=(cache, aside))
        built = _build(request, config, cache, host, reporter)
        if built.ok:
            remove_ignored(request.out, config.chain.late_ignore)
            keep()
    return built


def _build(
    request: SlugRequest,
    config: Config,
    cache: Path,
    host: Mapping[str, str],
    reporter: Reporter,
) -> BuiltSlug:
    return build_slug(
        ChainRequest(
            place=PlaceRequest(
                build_dir=request.out,
                cache_dir=cache,
                env_dir=request.env_dir,
                stack=request.stack,
                is_isolated=request.is_isolated,
                time_limit_s=config.chain.time_limit_s or None,
                source_version=_find_commit(request.app),
                path=request.path,
            ),
            origin=request.app,
            is_offline=request.is_offline,
            is_locked=request.is_locked,
        ),
        host=host,
        reporter=reporter,
    )


def check_out(out: Path) -> None:
    """Refuse to replace what is no slug. Errors: ``slug/out-in-use``."""
    is_free = not out.exists() or (out.is_dir() and not any(out.iterdir()))
    if not is_free and not (out / OWNERS_NAME).is_file():
        raise AssetbuildError(
            error(
                "slug/out-in-use",
                f'"{out}" holds files that are no slug of assetbuild',
                hint="name another folder with --out, or remove it yourself",
            )
        )


def copy_app(app: Path, out: Path, reporter: Reporter, *, without: tuple[Path, ...] = ()) -> None:
    """Copy the app to ``out``, empty or missing, but for what .slugignore names.

    ``without`` is left out too: a CI keeps its cache in the app's folder.
    """
    file = app / SLUGIGNORE_NAME
    lines = file.read_text("utf-8-sig", "replace").splitlines() if file.is_file() else []
    patterns, problems = parse_patterns(lines, file=SLUGIGNORE_NAME)
    for one in problems:
        reporter.diagnostic(one)
    top = os.path.realpath(app)
    skipped = {os.path.relpath(os.path.realpath(one), top) for one in (out, *without)}
    skipped.update(_ALWAYS_LEFT_OUT)

    def leave_out(path: str, is_folder: bool) -> bool:
        return path in skipped or is_ignored(path, patterns, is_folder=is_folder)

    copy_tree(app, out, leave_out=leave_out)
    # from here on this folder is ours: a build that is killed may be repeated
    atomic_write(out / OWNERS_NAME, render_owners({}))


def remove_ignored(root: Path, lines: tuple[str, ...]) -> None:
    """Remove what a list of patterns names."""
    patterns, _ = parse_patterns(lines, file="late-ignore")
    for path in list(
        iterate_ignored(
            root, lambda path, is_folder: is_ignored(path, patterns, is_folder=is_folder)
        )
    ):
        remove_tree(root / path)


def measure_slug(root: Path, *, budget_mb: int) -> SlugReport:
    """Return the sizes of a slug."""
    record = root / OWNERS_NAME
    owners = parse_owners(record.read_bytes()) if record.is_file() else {}
    return report_slug(root, owners, compressed=measure_tar(root), budget=budget_mb * 1_000_000)


def read_sbom(root: Path) -> str:
    """Return the bill of materials of the runtime in a slug. Errors: ``slug/no-sbom``."""
    try:
        return (root / RUNTIME / SBOM).read_text("utf-8")
    except OSError as failure:
        raise AssetbuildError(
            error(
                "slug/no-sbom",
                f'"{root}" carries no runtime of assetbuild',
                hint="name a slug that this version built: assetbuild slug build --out build/",
            )
        ) from failure


def pack_slug(root: Path, target: Path) -> int:
    """Write the reproducible tar.gz of a slug and return its size in bytes."""
    with create_whole(target) as file:
        return write_tar(root, file.write)


def _default_cache(app: Path, host: Mapping[str, str]) -> Path:
    return user_cache_dir(host) / "slugs" / digest_parts("app", (str(app),))[:16]


def _find_commit(app: Path) -> str:
    done = run(
        Command(
            argv=("git", "rev-parse", "HEAD"),
            cwd=app,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin"},
            timeout_s=10,
        )
    )
    return done.stdout.decode().strip() if done.exit_code == 0 else ""
