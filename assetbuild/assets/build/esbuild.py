"""Bundles that the app's own esbuild makes: module graphs, tree-shaking, code splitting.

In: [[bundle]] tables with tool = "esbuild" and the sources found. Out: prepared outputs, and the
sources that went into them, which are no outputs of their own. Source of the metafile's form and
of the messages: https://esbuild.github.io/api/#metafile, https://esbuild.github.io/api/#log-level
"""

from __future__ import annotations

import json
import os
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assetbuild.assets.build.finish import FinishOptions, finish_artifact
from assetbuild.assets.build.origins import find_map_deps
from assetbuild.assets.build.prepare import StepContext
from assetbuild.assets.build.prepared import Prepared
from assetbuild.assets.build.settings import SettingsTable
from assetbuild.assets.cache import CachedResult
from assetbuild.assets.discover import Discovery, FoundSource
from assetbuild.assets.model import Artifact, Dep, FileDep
from assetbuild.config.assets import BundleConfig
from assetbuild.diagnostics import (
    AssetbuildError,
    Diagnostic,
    Location,
    error,
    sort_diagnostics,
    warning,
)
from assetbuild.digests import digest_parts
from assetbuild.globs import compile_glob
from assetbuild.jsontype import Json
from assetbuild.media import guess_media_type
from assetbuild.paths import LogicalPath, join_logical
from assetbuild.process import Command, run
from assetbuild.scratch import temporary_folder
from assetbuild.suggest import find_nearest

_REVISION = 2  # raised when the same esbuild gives other outputs here
_TIMEOUT_S = 300.0
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:")
_MESSAGE = re.compile(
    r"^\S+ \[(ERROR|WARNING)\] (.+?)(?: \[[a-z-]+\])?\n"
    r"(?:\n {4}(\S.*?):(\d+):(\d+):\n +\d+ │ (.*)\n +╵ ( *)([~^]*))?",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EsbuildResult:
    """What the esbuild bundles of a configuration came to."""

    prepared: Mapping[LogicalPath, Prepared]  # outputs, chunks among them
    inputs: frozenset[str]  # project-relative files that went in


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """One call of esbuild."""

    bundle: BundleConfig
    entries: tuple[FoundSource, ...]  # in the order written
    options: FinishOptions


def run_esbuild_bundles(
    bundles: Sequence[BundleConfig],
    discovery: Discovery,
    table: SettingsTable,
    context: StepContext,
    env: Mapping[str, str],
) -> EsbuildResult:
    """Build every bundle whose tool is esbuild.

    Errors, all of all bundles: ``bundle/no-esbuild``, ``bundle/unknown-member``,
    ``bundle/esbuild``.
    """
    orders: list[_Order] = []
    problems: list[Diagnostic] = []
    for bundle in bundles:
        if bundle.tool == "esbuild":
            settings = table.for_path(bundle.name, "")
            options = FinishOptions(minify=settings.minify, source_maps=settings.source_maps)
            entries = tuple(_find_entries(bundle, discovery, problems))
            orders.append(_Order(bundle=bundle, entries=entries, options=options))
    if not orders:
        return EsbuildResult(prepared={}, inputs=frozenset())
    program = _find_program(context)
    if program is None:
        problems.append(
            error(
                "bundle/no-esbuild",
                f'the bundle "{orders[0].bundle.name}" wants the app\'s esbuild, which is not there',
                hint="npm install --save-dev esbuild",
            )
        )
    if problems or program is None:
        raise AssetbuildError(*sort_diagnostics(problems))
    prepared: dict[LogicalPath, Prepared] = {}
    inputs: set[str] = set()
    for order in orders:
        try:
            made = _build(order, program, context, env)
        except AssetbuildError as failure:
            problems.extend(failure.diagnostics)
            continue
        prepared.update({one.logical: one for one in made})
        inputs.update(dep.path for one in made for dep in one.deps if isinstance(dep, FileDep))
    if problems:
        raise AssetbuildError(*sort_diagnostics(problems))
    return EsbuildResult(prepared=prepared, inputs=frozenset(inputs))


def _find_entries(
    bundle: BundleConfig, discovery: Discovery, problems: list[Diagnostic]
) -> Iterator[FoundSource]:
    for text in bundle.files:
        glob = compile_glob(text)
        found = [one for name, one in discovery.sources.items() if glob.matches(name)]
        if not found:
            nearest = find_nearest(text, (str(one) for one in discovery.sources))
            problems.append(
                error(
                    "bundle/unknown-member",
                    f'the bundle "{bundle.name}" lists "{text}", which is no source',
                    hint=f'did you mean "{nearest}"?' if nearest else None,
                )
            )
        yield from found


def _find_program(context: StepContext) -> Path | None:
    for folder in context.search.node_modules:
        path = Path(folder) / ".bin" / "esbuild"
        if path.exists():
            return path
    return None


def _build(
    order: _Order, program: Path, context: StepContext, env: Mapping[str, str]
) -> list[Prepared]:
    key = _key(order, program, context)
    known = context.cache.load(key, context.inputs.holds) if context.cache is not None else None
    if known is None:
        known = _run(order, program, context, env)
        context.counts.compiled += 1
        if context.cache is not None:
            context.cache.store(key, known)
    else:
        context.counts.cached += 1
    context.inputs.note(known.deps)
    return [_finish(order, name, known) for name in sorted(known.blobs) if name[-4:] != ".map"]


def _key(order: _Order, program: Path, context: StepContext) -> str:
    package = program.parent.parent / "esbuild" / "package.json"
    parts = [
        str(_REVISION),
        context.inputs.digest(str(package)) if package.is_file() else "",
        order.bundle.name,
        f"{order.options.minify} {order.options.source_maps}",
        *(one.display for one in order.entries),
        "",
        *order.bundle.args,
    ]
    return digest_parts("esbuild", parts)


def _run(
    order: _Order, program: Path, context: StepContext, env: Mapping[str, str]
) -> CachedResult:
    project = context.search.project
    bundle = order.bundle
    with temporary_folder("assetbuild-esbuild-") as folder:
        meta = folder / "meta.json"
        output = folder / "out"
        done = run(
            Command(
                argv=(
                    str(program),
                    *(one.display for one in order.entries),
                    "--bundle",
                    # outputs are named by their content here, so theirs need no hash but chunks'
                    f"--entry-names={_entry_names(order)}",
                    f"--outdir={output}",
                    f"--metafile={meta}",
                    "--sourcemap=external",
                    "--color=false",
                    "--log-limit=0",
                    "--log-level=warning",
                    *(("--minify",) if order.options.minify else ()),
                    *bundle.args,
                ),
                cwd=Path(project),
                env={name: value for name, value in env.items() if name in {"PATH", "HOME"}},
                timeout_s=_TIMEOUT_S,
            )
        )
        text = done.stderr.decode("utf-8", "replace")
        found = tuple(_parse_messages(text))
        if done.exit_code != 0:
            failure = error(
                "bundle/esbuild",
                f'esbuild could not build "{bundle.name}": exit code {done.exit_code}',
                hint=done.tail(3) or None,
            )
            raise AssetbuildError(*([one for one in found if one.is_error] or [failure]))
        blobs = _read_outputs(output, bundle, project)
        inputs = [
            context.search.display(os.path.join(project, path))
            for path in json.loads(meta.read_bytes())["inputs"]
            if os.path.isfile(os.path.join(project, path))
        ]
    deps: tuple[Dep, ...] = tuple(
        FileDep(path, context.inputs.digest(context.search.locate(path))) for path in sorted(inputs)
    )
    # esbuild follows the maps that its inputs brought, and does not list them
    deps = (*deps, *find_map_deps(sorted(inputs), context.search))
    rows: list[Json] = [[one.code, one.message] for one in found]
    return CachedResult(deps=deps, meta=rows, blobs=blobs)


def _entry_names(order: _Order) -> str:
    if len(order.entries) > 1:
        return "[name]"
    return posixpath.splitext(posixpath.basename(order.bundle.name))[0]


def _read_outputs(output: Path, bundle: BundleConfig, project: str) -> dict[str, bytes]:
    """Return the outputs by logical path, maps with project-relative sources."""
    folder = posixpath.dirname(bundle.name)
    blobs: dict[str, bytes] = {}
    for path in sorted(output.rglob("*")):
        if not path.is_file():
            continue
        logical = join_logical(folder, path.relative_to(output).as_posix())
        if logical is None:
            continue
        data = path.read_bytes()
        if path.suffix == ".map":
            document = json.loads(data)
            document["sources"] = [
                _name_source(one, path.parent, project) for one in document["sources"]
            ]
            data = json.dumps(document, ensure_ascii=False).encode()
        blobs[logical] = data
    return blobs


def _name_source(source: str, folder: Path, project: str) -> str:
    """Return the project-relative path of a source; what is outside is named without the way there."""
    if _SCHEME.match(source):
        return source  # of a map that an input brought
    path = os.path.relpath(os.path.realpath(folder / source), os.path.realpath(project))
    parts = path.split(os.sep)
    return "/".join(parts[parts.count("..") :])


def _finish(order: _Order, name: str, result: CachedResult) -> Prepared:
    rows = result.meta if isinstance(result.meta, list) else []
    told = tuple(
        warning(str(row[0]), str(row[1])) for row in rows if isinstance(row, list) and len(row) == 2
    )
    artifact = Artifact(
        logical=LogicalPath(name),
        content=result.blobs[name],
        media_type=guess_media_type(name),
        deps=result.deps,
        source_map=result.blobs.get(f"{name}.map"),
        diagnostics=told if name == order.bundle.name else (),
    )
    # it is minified already, where that was wanted
    options = FinishOptions(minify=False, source_maps=order.options.source_maps)
    return finish_artifact(artifact, name, options)


def _parse_messages(text: str) -> Iterator[Diagnostic]:
    for match in _MESSAGE.finditer(text):
        kind, message, file, line, column, line_text, _, marks = match.groups()
        where = None
        if file is not None:
            where = Location(
                file=file,
                line=int(line),
                column=int(column) + 1,  # esbuild counts from 0
                length=max(1, len(marks)),
                line_text=line_text,
            )
        if kind == "ERROR":
            yield error("bundle/esbuild", message, location=where)
        else:
            yield warning("bundle/esbuild-warning", message, location=where)
