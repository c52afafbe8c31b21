"""Make the pictures of a build: from the cache where it knows the answer, else in processes.

In: the leaves of the plan, settings. Out: what replaces their bytes, siblings as further outputs,
what the manifest says of each. Bytes are read only when somebody needs them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from assetbuild.assets.build.plan import PlannedSource
from assetbuild.assets.build.records import FIRST, OutputRecord
from assetbuild.assets.cache import BuildCache, CachedResult
from assetbuild.assets.diagnostic_rows import pack_diagnostic, unpack_diagnostic
from assetbuild.assets.images.kinds import kind_of
from assetbuild.assets.images.settings import PictureSettings, PictureTable
from assetbuild.assets.model import Dep, FileDep, OptionDep, Picture, Sibling, ToolDep
from assetbuild.assets.roots import GENERATED
from assetbuild.cores import count_cores
from assetbuild.diagnostics import AssetbuildError, Diagnostic, Location, error, sort_diagnostics
from assetbuild.digests import digest_parts, sha256_hex
from assetbuild.paths import LogicalPath
from assetbuild.reporting import Reporter

if TYPE_CHECKING:
    from assetbuild.assets.images.make import MadePicture

# rough seconds a byte of source, only to decide whether processes pay
_LOSSLESS_BYTE_S = 2e-6
_SIBLINGS_BYTE_S = 1e-5
_POOL_PAYS_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureContent:
    """Bytes of an output that was made of a picture."""

    sha256: str
    size: int  # bytes
    read: Callable[[], bytes]  # gives the bytes, from the cache where it has them


@dataclass(slots=True, kw_only=True)
class Pictures:
    """What became of the pictures of a build."""

    contents: dict[LogicalPath, PictureContent] = field(
        default_factory=dict
    )  # new bytes, by output
    facts: dict[LogicalPath, Picture] = field(default_factory=dict)  # for the manifest
    siblings: dict[LogicalPath, LogicalPath] = field(default_factory=dict)  # sibling -> its picture
    records: dict[LogicalPath, OutputRecord] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()  # warnings, sorted
    made: int = 0  # worked on now
    cached: int = 0  # remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureContext:
    """What the step is given."""

    table: PictureTable
    cache: BuildCache | None
    digest: Callable[[PlannedSource], str]  # sha256 of a source
    jobs: int  # processes; 0: one for each core
    reporter: Reporter


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    planned: PlannedSource
    settings: PictureSettings
    sha256: str
    key: str


class PictureStep:
    """The pictures of one build."""

    def __init__(self, context: PictureContext) -> None:
        self._context = context
        self._in_memory: dict[str, bytes] = {}  # by sha256; only without a cache
        self._result = Pictures()
        self._own: dict[LogicalPath, dict[str, LogicalPath]] = {}  # siblings made by hand
        self._seen: set[LogicalPath] = set()
        self._taken: AbstractSet[LogicalPath] = frozenset()

    @cached_property
    def _tools(self) -> tuple[tuple[str, str], ...]:
        # the formats' modules are loaded where there is a picture
        from assetbuild.assets.images.make import tool_versions

        return tool_versions()

    def result(self) -> Pictures:
        """Return what became of all pictures so far."""
        return self._result

    def add(
        self, leaves: Mapping[LogicalPath, PlannedSource], *, taken: AbstractSet[LogicalPath]
    ) -> None:
        """Make what is wanted of the leaves that were not seen yet.

        ``taken`` are the names of all outputs: a file of the user's own wins over a sibling.
        Errors, all at once: those of make_picture where something was asked of a picture;
        ``images/two-pictures``.
        """
        self._taken = taken
        fresh = {name: one for name, one in leaves.items() if name not in self._seen}
        self._seen.update(fresh)
        tasks = [
            one for name, planned in fresh.items() if (one := self._plan(name, planned)) is not None
        ]
        metas: dict[LogicalPath, Any] = {}
        missed: list[_Task] = []
        for task in tasks:
            meta = self._load(task.key)
            if meta is None:
                missed.append(task)
            else:
                metas[task.planned.output] = meta
        for task, made in self._make(missed):
            metas[task.planned.output] = self._keep(task, made)
        self._result.made += len(missed)
        self._result.cached += len(tasks) - len(missed)
        found: list[Diagnostic] = []
        for task in tasks:
            found += self._take(task, metas[task.planned.output])
        for name in self._own.keys() & fresh.keys():
            self._list_own(name)
        if any(one.is_error for one in found):
            raise AssetbuildError(*sort_diagnostics(found))
        self._result.diagnostics = sort_diagnostics([*self._result.diagnostics, *found])

    def _plan(self, name: LogicalPath, planned: PlannedSource) -> _Task | None:
        settings = self._context.table.for_path(name)
        if settings is None:
            return None
        own = self._find_own(name, settings)
        if own:
            formats = tuple(one for one in settings.formats if one not in own)
            settings = replace(settings, formats=formats)
            self._own[name] = own
        if planned.found.display.startswith(GENERATED + "/") and not settings.is_asked:
            return None  # a sheet is as small as we can make it already
        sha256 = self._context.digest(planned)
        parts = [name, planned.found.display, sha256, settings.to_json(), repr(self._tools)]
        key = digest_parts("picture", parts)
        return _Task(planned=planned, settings=settings, sha256=sha256, key=key)

    def _find_own(self, name: LogicalPath, settings: PictureSettings) -> dict[str, LogicalPath]:
        """Return the siblings that the user made by hand: format -> output."""
        stem = posixpath.splitext(name)[0]
        names = {form: LogicalPath(f"{stem}.{form}") for form in settings.formats}
        return {form: one for form, one in names.items() if one != name and one in self._taken}

    def _list_own(self, name: LogicalPath) -> None:
        """Add the siblings made by hand, with the widths made of them."""
        picture = self._result.facts.get(name)
        if picture is None:
            return
        added: list[Sibling] = []
        for _form, own in sorted(self._own[name].items()):
            facts = self._result.facts.get(own)
            of_own = () if facts is None else facts.siblings
            added += [one for one in of_own if one.logical.endswith(posixpath.splitext(own)[1])]
            added.append(
                Sibling(logical=own, width=picture.width if facts is None else facts.width)
            )
        self._result.facts[name] = replace(picture, siblings=(*added, *picture.siblings))

    def _load(self, key: str) -> Any:
        cache = self._context.cache
        known = None if cache is None else cache.load(key, _holds_always)
        return None if known is None else known.meta

    def _make(self, tasks: list[_Task]) -> Iterable[tuple[_Task, MadePicture]]:
        """Yield what becomes of each, in order."""
        seconds = sum(_estimate_s(one) for one in tasks)
        workers = min(self._context.jobs or count_cores(), len(tasks))
        if any(_may_kill(one.settings, one.planned.output) for one in tasks):
            made = self._make_in_processes(tasks, workers)
        elif workers > 1 and seconds > _POOL_PAYS_S:
            # encoders hold the GIL
            made = self._make_in_processes(tasks, workers)
        else:
            made = map(_work, tasks)
        for done, (task, one) in enumerate(zip(tasks, made, strict=True)):
            yield task, one
            self._context.reporter.progress(done + 1, len(tasks), "pictures")

    def _make_in_processes(self, tasks: list[_Task], workers: int) -> Iterator[MadePicture]:
        """Yield what becomes of each; a picture that ends its process is told, and left as it is.

        When a process ends in the midst, it is not said at which picture: the rest goes on in one
        process, where the first without a result is the one.
        """
        # a build that needs no processes starts without loading what makes them
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        from concurrent.futures.process import BrokenProcessPool

        at = 0
        while at < len(tasks):
            # never fork: threads of libraries may hold locks
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(workers, mp_context=context) as pool:
                try:
                    for made in pool.map(_work, tasks[at:]):
                        yield made
                        at += 1
                except BrokenProcessPool:
                    if workers == 1:
                        yield _tell_ended(tasks[at])
                        at += 1
                    workers = 1

    def _keep(self, task: _Task, made: MadePicture) -> Any:
        """Remember what was made, and return the facts of it."""
        meta = {
            "size": [made.width, made.height],
            "own": None if made.data is None else self._store(made.data),
            "files": [
                [one.logical, one.media_type, one.width, *self._store(one.data)]
                for one in made.files
            ],
            "diagnostics": [pack_diagnostic(one) for one in made.diagnostics],
        }
        if self._context.cache is not None:
            # a message of an error is remembered too: the file must change before it can go
            self._context.cache.store(task.key, CachedResult(deps=(), meta=meta, blobs={}))  # type: ignore[arg-type]
        return meta

    def _store(self, data: bytes) -> list[Any]:
        sha256 = sha256_hex(data)
        if self._context.cache is None:
            self._in_memory[sha256] = data
        else:
            result = CachedResult(deps=(), meta=None, blobs={"content": data})
            self._context.cache.store(_bytes_key(sha256), result)
        return [sha256, len(data)]

    def _read(self, task: _Task, sha256: str) -> bytes:
        """Return bytes by their digest; what the cache lost is made again."""
        if sha256 in self._in_memory:
            return self._in_memory[sha256]
        cache = self._context.cache
        known = None if cache is None else cache.load(_bytes_key(sha256), _holds_always)
        if known is not None and "content" in known.blobs:
            return known.blobs["content"]
        made = _work(task)
        for data in (made.data, *(one.data for one in made.files)):
            if data is not None:
                self._in_memory[sha256_hex(data)] = data
        return self._in_memory[sha256]

    def _take(self, task: _Task, meta: Any) -> list[Diagnostic]:
        result, name = self._result, task.planned.output
        found = [unpack_diagnostic(row) for row in meta["diagnostics"]]
        width, height = meta["size"]
        if not width:
            return found
        if meta["own"] is not None:
            result.contents[name] = self._content(task, *meta["own"])
        taken = self._taken
        siblings = []
        for text, _media_type, at_width, sha256, size in meta["files"]:
            logical = LogicalPath(text)
            siblings.append(Sibling(logical=logical, width=at_width))
            if logical in taken:
                continue
            other = result.siblings.setdefault(logical, name)
            if other != name:
                found.append(_tell_two(task, logical, other))
                continue
            result.contents[logical] = self._content(task, sha256, size)
            result.records[logical] = self._record(task)
        result.facts[name] = Picture(width=width, height=height, siblings=tuple(siblings))
        if name in result.contents:
            result.records[name] = self._record(task)
        return found

    def _content(self, task: _Task, sha256: str, size: int) -> PictureContent:
        return PictureContent(sha256=sha256, size=size, read=partial(self._read, task, sha256))

    def _record(self, task: _Task) -> OutputRecord:
        deps: list[Dep] = [FileDep(task.planned.found.display, task.sha256)]
        deps.append(OptionDep("images", task.settings.to_json()))
        deps += [ToolDep(name, version) for name, version in self._tools]
        return OutputRecord(
            source=task.planned.found.display, language="picture", deps=tuple(deps), reason=FIRST
        )


def _work(task: _Task) -> MadePicture:
    from assetbuild.assets.images.make import PictureRequest, make_picture  # as above

    with open(task.planned.found.file.path, "rb") as file:
        data = file.read()
    return make_picture(
        PictureRequest(
            logical=task.planned.output,
            display=task.planned.found.display,
            data=data,
            settings=task.settings,
        )
    )


def _may_kill(settings: PictureSettings, logical: str) -> bool:
    """Tell whether a library works on the picture that ends its process at some damaged files.

    libjpeg's compressor calls exit() for coefficients that no picture has.
    """
    return kind_of(logical) == "JPEG" and (settings.lossless or settings.strip)


def _tell_ended(task: _Task) -> MadePicture:
    from assetbuild.assets.images.decode import tell_damaged  # as above
    from assetbuild.assets.images.make import refuse_picture

    found = tell_damaged(task.planned.found.display, ValueError("the decoder gave up"))
    return refuse_picture(task.settings, found)


def _estimate_s(task: _Task) -> float:
    is_making = task.settings.formats or task.settings.widths
    return task.planned.found.file.size * (_SIBLINGS_BYTE_S if is_making else _LOSSLESS_BYTE_S)


def _bytes_key(sha256: str) -> str:
    return digest_parts("picture-bytes", [sha256])


def _holds_always(dep: Dep) -> bool:
    return True  # a picture depends on its key alone


def _tell_two(task: _Task, logical: LogicalPath, other: LogicalPath) -> Diagnostic:
    return error(
        "images/two-pictures",
        f'"{other}" and "{task.planned.output}" both want the sibling "{logical}"',
        location=Location(file=task.planned.found.display),
        hint="rename one of them, or write an [[image]] with formats = [] for it",
    )
