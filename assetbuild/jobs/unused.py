"""Tell the outputs of a project that nothing in it names.

In: a project. Out: the verdict, with the files that were looked in.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from assetbuild.assets.build.records import parse_records
from assetbuild.assets.build.state import StateFile
from assetbuild.assets.cache_dir import default_cache_dir
from assetbuild.assets.roots import find_roots
from assetbuild.assets.usage.check import (
    KnownNames,
    find_mentions,
    index_sources,
    is_outside,
    resolve_mention,
)
from assetbuild.assets.usage.files import TEMPLATES, AppFile, find_app_files, read_texts
from assetbuild.assets.usage.search import Found, OutputSearch
from assetbuild.assets.usage.templates import TemplateFinder
from assetbuild.assets.usage.unused import Names, Place, UnusedResult, find_unused
from assetbuild.diagnostics import locate_offset
from assetbuild.globs import compile_glob, match_any
from assetbuild.jobs.check import Assets, open_assets
from assetbuild.reporting import Reporter

_USUAL_PREFIXES = ("static", "assets", "public/assets")
# their references are followed by the build; what only their text mentions is not used
_LINKED = frozenset([".css", ".scss", ".sass", ".less", ".svg", ".html", ".htm"])


def find_unused_outputs(
    project: Path, *, env: Mapping[str, str], reporter: Reporter
) -> UnusedResult:
    """Build the project and return the outputs that nothing names.

    Errors: those of a build.
    """
    assets = open_assets(project, env=env, reporter=reporter, builds=True)
    usage = assets.config.usage
    files = find_app_files(
        str(project), output=str(assets.output), exclude=usage.exclude, is_check=False
    )
    roots = tuple(f"{one.display}/" for one in find_roots(assets.config).roots)
    looked = [
        one for one in files if not (one.extension in _LINKED and one.display.startswith(roots))
    ]
    names = _collect_names(assets, looked)
    keep = [compile_glob(one) for one in usage.keep]
    result = find_unused(
        assets.manifest,
        names,
        sources={str(name): file for name, file in assets.sources.items()},
        inlined=_read_inlined(project, env),
        is_kept=lambda name: match_any(keep, name),
    )
    result.files = [one.display for one in looked]
    return result


def _collect_names(assets: Assets, files: list[AppFile]) -> Names:
    manifest, helpers = assets.manifest, assets.config.usage.helpers
    url = assets.config.assets.url.partition("://")[2] or assets.config.assets.url
    search = OutputSearch(manifest.entries, prefixes=(url, *_USUAL_PREFIXES))
    known = KnownNames(
        entries=frozenset(manifest.entries),
        sources=index_sources(assets.sources),
        elsewhere=(),
        has_plain=lambda name: False,
    )
    finder = TemplateFinder(helpers)
    names = Names()
    for file, text in read_texts(files):
        owner = known.sources.get(file.display)
        found = list(search.find(text))
        if file.extension in TEMPLATES:
            # a helper may leave the extension out: javascript_include_tag "application"
            for one in find_mentions(file, text, finder, helpers):
                logical = None if is_outside(one) else resolve_mention(one, known)
                if logical is not None:
                    found.append(Found(logical, "named", one.start, one.name))
        for item in found:
            names.add(owner, item, partial(_place, file, text, item))
    return names


def _place(file: AppFile, text: str, found: Found) -> Place:
    where = locate_offset(file.display, text, found.start)
    return Place(file=file.display, line=where.line, column=where.column, written=found.written)


def _read_inlined(project: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Return the outputs that stand in another as a data URI: target -> owner."""
    state = StateFile(default_cache_dir(env), project, project)
    prefix = "inlined in "
    return {
        str(name): note[len(prefix) :]
        for name, record in parse_records(state.read_records()).items()
        for note in record.notes
        if note.startswith(prefix)
    }
