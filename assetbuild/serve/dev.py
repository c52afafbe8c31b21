"""Development: the site of the last good build, rebuilt when a source changes.

In: a builder (anything with build()), the configuration. Out: a Site that is up to date when it is
asked for, and events for the pages that are open. Refuses to know: HTTP, how builds are done.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from assetbuild.assets.manifest import digest_manifest
from assetbuild.assets.model import Manifest
from assetbuild.assets.result import BuildResult
from assetbuild.config.load import load_config
from assetbuild.diagnostics import AssetbuildError, render_diagnostic
from assetbuild.reporting import Reporter
from assetbuild.serve.site import Site, make_site
from assetbuild.watching import is_noise, watch_paths

Event = Mapping[str, object]
"""What an open page is told: {"type": "hello" | "change" | "problem", …}; JSON values."""

_KEPT = 8  # earlier builds whose URLs still answer: pages that are open in a browser
_SWAPPED = ("text/css", "image/")  # what a page can replace without being loaded again


class Builder(Protocol):
    """What builds; jobs.build.AssetBuilder."""

    def build(self) -> BuildResult:
        """Build what changed, or raise AssetbuildError."""

    def close(self) -> None:
        """End what is kept warm."""


class DevSite:
    """Keeps a site up to date; safe for threads, and every build runs once for all who wait."""

    def __init__(
        self,
        project: Path,
        *,
        make_builder: Callable[[], Builder],
        reporter: Reporter,
    ) -> None:
        self._project = project
        self._make_builder = make_builder
        self._reporter = reporter
        self._builder: Builder | None = None
        # one thread for all builds, for as long as the site lasts: the kernel ends compilers that
        # were started by a thread when that thread ends, and a request's thread soon does
        self._builds = ThreadPoolExecutor(max_workers=1, thread_name_prefix="assetbuild-build")
        self._lock = threading.RLock()  # one build at a time; who waits shares its result
        self._is_dirty = True
        self._site: Site | None = None
        self.build = ""  # id of the last good build; empty: there was none yet
        self._earlier: list[Manifest] = []  # newest first
        self._failure: AssetbuildError | None = None
        self._watched: tuple[str, ...] = (str(project),)
        self._output = ""  # absolute folder of the last good build
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._listeners: dict[int, Callable[[Event], None]] = {}
        self._keys = itertools.count()

    def site(self) -> Site:
        """Return the site of the last good build, after building what changed.

        Errors: those of the build, only while there has not been a good one.
        """
        with self._lock:
            self._refresh()
            if self._site is None:
                assert self._failure is not None
                raise self._failure
            return self._site

    def start(self) -> None:
        """Begin to watch, in a thread of its own."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="assetbuild", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop watching and end what is kept warm."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=2.0)
        with self._lock:
            if self._builder is not None:
                self._builds.submit(self._builder.close).result()
                self._builder = None
            self._builds.shutdown()

    def mark_changed(self) -> None:
        """Say that a source changed: the next question builds first."""
        self._is_dirty = True

    def listen(self, tell: Callable[[Event], None]) -> Callable[[], None]:
        """Call ``tell`` with "hello" now and with every event later; return what ends that."""
        key = next(self._keys)
        with self._lock:
            self._refresh()
            self._listeners[key] = tell
            tell(self._hello())

        def stop() -> None:
            self._listeners.pop(key, None)

        return stop

    def _hello(self) -> Event:
        problem = _tell_problem(self._failure) if self._failure is not None else None
        return {"type": "hello", "build": self.build, "problem": problem}

    def _refresh(self) -> None:
        """Build if something changed; call with the lock held."""
        if not self._is_dirty:
            return
        # first: a change during the build makes it dirty again
        self._is_dirty = False
        try:
            result = self._builds.submit(self._build).result()
            config = load_config(self._project)
            for item in result.diagnostics:
                self._reporter.diagnostic(item)
            before, had_failed = self._site, self._failure is not None
            if before is not None and result.manifest.entries != before.manifest.entries:
                self._earlier = [before.manifest, *self._earlier][:_KEPT]
            self._site = make_site(
                config, result.manifest, folder=result.output, previous=tuple(self._earlier)
            )
        except AssetbuildError as failure:
            self._fail(failure)
            return
        except BaseException:
            # a full disk, a bug: whoever asks next tries again
            self._is_dirty = True
            raise
        if before is None or before.manifest is not self._site.manifest:
            self.build = digest_manifest(self._site.manifest)
        self._failure = None
        self._output = str(result.output)
        # without a word from the builder, the project itself is watched
        self._watched = result.watched or self._watched
        event = describe_change(before, self._site, build=self.build, has_recovered=had_failed)
        if event is not None:
            self._tell(event)

    def _build(self) -> BuildResult:
        if self._builder is None:
            self._builder = self._make_builder()
        return self._builder.build()

    def _fail(self, failure: AssetbuildError) -> None:
        before, self._failure = self._failure, failure
        if before is not None and before.diagnostics == failure.diagnostics:
            # told already; and told into a log in the project, it would be the next change
            return
        for item in failure.diagnostics:
            self._reporter.diagnostic(item)
        self._tell({"type": "problem", "problem": _tell_problem(failure)})

    def _tell(self, event: Event) -> None:
        for tell in list(self._listeners.values()):
            tell(event)

    def _watch(self) -> None:
        for _ in watch_paths(lambda: self._watched, stop=self._stop, is_ignored=self._is_ignored):
            self.mark_changed()
            try:
                with self._lock:
                    self._refresh()
            except Exception as failure:
                # the page that asks next shows it whole; here the watch goes on
                self._reporter.detail(f"the build ended unexpectedly: {failure}")

    def _is_ignored(self, path: str) -> bool:
        return is_noise(path, project=str(self._project), output=self._output)


def _tell_problem(failure: AssetbuildError) -> str:
    return "\n\n".join(render_diagnostic(one) for one in failure.diagnostics)


def describe_change(
    before: Site | None, after: Site, *, build: str, has_recovered: bool
) -> Event | None:
    """Return what an open page must do: nothing, swap URLs, or load itself again.

    Style sheets and pictures are swapped; anything else, and a name that came or went, needs the
    page itself.
    """
    if before is None:
        return {"type": "change", "swaps": {}, "reload": True} if has_recovered else None
    old, new = before.manifest.entries, after.manifest.entries
    changed = [name for name in old.keys() | new.keys() if old.get(name) != new.get(name)]
    if not changed and not has_recovered:
        return None
    swaps: dict[str, str] = {}
    is_reload = False
    for name in sorted(changed):
        if name in old and name in new and new[name].media_type.startswith(_SWAPPED):
            url = after.entry_url(new[name])
            swaps[before.entry_url(old[name])] = url
            if new[name].is_hashed and str(name) in after.table.resources:
                swaps[after.plain_url(name)] = url
        elif not name.endswith(".map"):
            is_reload = True
    return {"type": "change", "build": build, "swaps": swaps, "reload": is_reload}
