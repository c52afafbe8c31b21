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
from assetbuild.assets.roots import GENERATED, find_roots
from assetbuild.assets.usage.check import (
    KnownNames,
    index_sources,
    is_outside,
    resolve_mention,
)
from assetbuild.assets.usage.files import TEMPLATES, AppFile, find_app_files, read_texts
from assetbuild.assets.usage.mention_finder import MentionFinder
from assetbuild.assets.usage.search import Found, OutputSearch
from assetbuild.assets.usage.unused import (
    Names,
    Place,
    UnusedOutput,
    UnusedResult,
    find_unused,
)
from assetbuild.diagnostics import locate_offset
from assetbuild.globs import compile_glob, match_any
from assetbuild.jobs.check import Built, open_build
from assetbuild.jobs.survey import read_static_root
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
    built = open_build(project, env=env, reporter=reporter, builds=True)
    usage = built.config.usage
    files = find_app_files(
        str(project), output=str(built.output), exclude=usage.exclude, is_check=False
    )
    roots = tuple(f"{one.display}/" for one in find_roots(built.config).roots)
    looked = [
        one for one in files if not (one.extension in _LINKED and one.display.startswith(roots))
    ]
    names = _collect_names(built, looked)
    keep = [compile_glob(one) for one in usage.keep]
    sources = {str(name): file for name, file in built.sources.items()}
    result = find_unused(
        built.manifest,
        names,
        sources=sources,
        parts=_read_parts(project, env, sources),
        is_kept=lambda name: match_any(keep, name),
    )
    result.unused = [one for one in result.unused if not _is_by_product(one)]
    _set_apart(result, sources, read_static_root(project, env))
    result.files = [one.display for one in looked]
    return result


def _set_apart(result: UnusedResult, sources: Mapping[str, str], collected: str) -> None:
    """Take out what Django collected of other apps: it is named by their templates, elsewhere."""
    if not collected:
        return

    def is_theirs(output: str) -> bool:
        return sources.get(output, "").startswith(f"{collected}/")

    result.others = [one.entry.logical for one in result.unused if is_theirs(one.entry.logical)]
    result.unused = [one for one in result.unused if not is_theirs(one.entry.logical)]
    result.maybe = [one for one in result.maybe if not is_theirs(one[0].logical)]


def _collect_names(built: Built, files: list[AppFile]) -> Names:
    manifest = built.manifest
    url = built.config.assets.url.partition("://")[2] or built.config.assets.url
    search = OutputSearch(manifest.entries, prefixes=(url, *_USUAL_PREFIXES))
    known = KnownNames(
        entries=frozenset(manifest.entries),
        sources=index_sources(built.sources),
        elsewhere=(),
        has_plain=lambda name: False,
    )
    finder = MentionFinder(built.config.usage.helpers)
    names = Names()
    for file, text in read_texts(files):
        owner = known.sources.get(file.display)
        found = list(search.find(text))
        if file.extension in TEMPLATES:
            # a helper may leave the extension out: javascript_include_tag "application"
            for one in finder.find(file, text):
                logical = None if is_outside(one) else resolve_mention(one, known)
                if logical is not None:
                    found.append(Found(logical, "named", one.start, one.name))
        for item in found:
            names.add(owner, item, partial(_place, file, text, item))
    return names


def _place(file: AppFile, text: str, found: Found) -> Place:
    where = locate_offset(file.display, text, found.start)
    return Place(file=file.display, line=where.line, column=where.column, written=found.written)


def _is_by_product(one: UnusedOutput) -> bool:
    """Tell whether nobody could delete it: a sheet's classes come with the sheet."""
    return one.source.startswith(f"{GENERATED}/") and not one.entry.media_type.startswith("image/")


def _read_parts(
    project: Path, env: Mapping[str, str], sources: Mapping[str, str]
) -> set[tuple[str, str]]:
    """Return pairs of an output and one whose source, or whose bytes, it was made of too."""
    state = StateFile(default_cache_dir(env), project, project)
    output_of = {file: name for name, file in sources.items() if file}
    prefix = "inlined in "
    parts: set[tuple[str, str]] = set()
    for name, record in parse_records(state.read_records()).items():
        made_of = (output_of.get(dep.path) for dep in record.files)
        parts |= {(str(name), one) for one in made_of if one is not None and one != name}
        parts |= {
            (note[len(prefix) :], str(name)) for note in record.notes if note.startswith(prefix)
        }
    return parts
