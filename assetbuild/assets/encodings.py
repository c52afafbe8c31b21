"""Precompressed variants: gzip, brotli and zstd of what compresses, made once for the same bytes.

In: final bytes under their hashed paths, and a plan. Out: the variants worth keeping, by path and
coding. The same bytes, plan and library versions give the same variants on every machine: nothing
of time, name or system enters them. Refuses to know: the output folder and the manifest file.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from assetbuild.assets.cache import BuildCache, CachedResult
from assetbuild.assets.model import Dep, Variant
from assetbuild.assets.tools.distributions import installed_version
from assetbuild.config.images import VariantsConfig
from assetbuild.cores import count_cores
from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.digests import digest_parts, sha256_hex
from assetbuild.globs import compile_glob, match_any
from assetbuild.media import is_compressible
from assetbuild.paths import LogicalPath

Coding = Literal["br", "gzip", "zstd"]

REVISION = 1  # bumped when the variants of the same bytes change for another reason than a library
SUFFIXES: Mapping[str, str] = {"br": ".br", "gzip": ".gz", "zstd": ".zst"}

# Measured on 4.4 MB of CSS, JS and SVG (docs/explanation/sprites.md): brotli 11 takes 90 times as
# long as 5 and saves 13 % more. Who waits for a build gets the one, a release, which is compressed
# once and downloaded for months, the other.
_LEVELS: Mapping[str, Mapping[str, int]] = {
    "best": {"br": 11, "gzip": 12, "zstd": 19},
    "fast": {"br": 5, "gzip": 6, "zstd": 3},
}
# levels from which on a library searches, and its time for a byte then, in seconds; below
# them compressing is quicker than looking into the cache
_SEARCHES: Mapping[str, tuple[int, float]] = {
    "br": (9, 1.5e-6),
    "gzip": (10, 1.5e-7),
    "zstd": (13, 5e-7),
}
_FAST_BYTE_S = 3e-8
_LOOK_UP_S = 5e-4  # of two small files
_BATCH_S = 0.01  # tasks are handed to threads in batches of this estimate: a hand-over costs 30 µs
# the distribution whose version decides the bytes of a coding
_LIBRARIES: Mapping[str, str] = {"br": "brotli", "gzip": "deflate", "zstd": "zstandard"}


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantPlan:
    """What is compressed, and how hard."""

    levels: Mapping[Coding, int]  # coding -> level of its library; empty: nothing is compressed
    exclude: tuple[str, ...] = ()  # globs of logical paths that get no variants
    min_saving: float = 0.05  # a variant must be smaller than the content by this part of it

    def accepts(self, *, logical: str, media_type: str) -> bool:
        """Tell whether an output gets variants under this plan."""
        if not self.levels or not is_compressible(media_type):
            return False
        return not match_any((compile_glob(one) for one in self.exclude), logical)

    def level_of(self, coding: Coding, logical: str) -> int:
        """Return the level for an output.

        Source maps are larger than all else together, and only an open debugger asks for them:
        they get the fast level, which takes a hundredth of the time.
        """
        level = self.levels[coding]
        return min(level, _LEVELS["fast"][coding]) if logical.endswith(".map") else level


@dataclass(frozen=True, slots=True, kw_only=True)
class Encodable:
    """One output to compress."""

    logical: LogicalPath  # name before hashing: exclude globs match it
    hashed: str  # path below the output folder; variants add a suffix
    media_type: str  # without parameters
    sha256: str  # of the bytes, 64 hex digits
    size: int  # bytes
    read: Callable[[], bytes]  # gives the bytes; called only for what the cache does not hold


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodeStats:
    """How the variants of a build came to be."""

    made: int = 0  # compressed now
    cached: int = 0  # found in the cache, the unworthy among them
    kept: int = 0  # variants that were worth their file


def plan_variants(config: VariantsConfig, *, is_release: bool) -> VariantPlan:
    """Return the plan that a configuration means for a release, or for who works on the app."""
    profile = config.profile
    if profile == "off":
        return VariantPlan(levels={})
    if profile == "auto":
        profile = "best" if is_release else "fast"
    levels = {coding: _LEVELS[profile][coding] for coding in sorted(config.codings)}
    return VariantPlan(levels=levels, exclude=config.exclude, min_saving=config.min_saving / 100)


def digest_plan(plan: VariantPlan) -> str:
    """Return what is equal for two plans that make the same variants of the same outputs.

    Errors: ``variants/no-library``.
    """
    parts = [str(REVISION), f"{plan.min_saving}", *plan.exclude]
    parts += [f"{one} {level} {_library_version(one)}" for one, level in plan.levels.items()]
    return digest_parts("variant-plan", parts)


def encode_variants(
    items: Sequence[Encodable],
    plan: VariantPlan,
    *,
    cache: BuildCache | None,
    keep: Callable[[str, bytes], None],
    jobs: int = 0,
    on_done: Callable[[int, int], None] | None = None,
) -> tuple[Mapping[str, Mapping[str, Variant]], EncodeStats]:
    """Return hashed path -> its variants by coding, and what it took; sorted.

    Only paths with a variant worth keeping are in the mapping. ``keep`` gets the path and the bytes
    of each, in this thread, so that they need not all be in memory. The libraries release the
    GIL, so threads (``jobs``; 0: one a core) share the work, the largest files first: a large one
    begun last would keep one core busy alone. Errors: ``variants/no-library``, those of ``keep``.
    """
    tasks = [
        _Task(item, coding, plan.level_of(coding, item.logical), cache)
        for item in items
        if plan.accepts(logical=item.logical, media_type=item.media_type)
        for coding in plan.levels
    ]
    tasks.sort(key=lambda one: (-one.estimate_s, one.item.hashed, one.coding))
    made = kept = done = 0
    found: dict[str, dict[str, Variant]] = {}

    def work(batch: Sequence[_Task]) -> list[tuple[bytes, bool]]:
        return [_load_or_encode(task, plan.min_saving) for task in batch]

    batches = list(_make_batches(tasks))
    with _workers(jobs or count_cores(), len(batches)) as run:
        for batch, results in zip(batches, run(work, batches), strict=True):
            for task, (data, is_new) in zip(batch, results, strict=True):
                made += is_new
                done += 1
                if data:
                    kept += 1
                    path = task.item.hashed + SUFFIXES[task.coding]
                    keep(path, data)
                    variant = Variant(path=path, sha256=sha256_hex(data), size=len(data))
                    found.setdefault(task.item.hashed, {})[task.coding] = variant
                if on_done is not None:
                    on_done(done, len(tasks))
    return (
        {hashed: dict(sorted(some.items())) for hashed, some in sorted(found.items())},
        EncodeStats(made=made, cached=len(tasks) - made, kept=kept),
    )


class _Task:
    """One output in one coding."""

    def __init__(self, item: Encodable, coding: Coding, level: int, cache: BuildCache | None):
        self.item = item
        self.coding: Coding = coding
        self.level = level
        from_level, byte_s = _SEARCHES[coding]
        self.estimate_s = item.size * (byte_s if level >= from_level else _FAST_BYTE_S)
        self.cache = cache if self.estimate_s > _LOOK_UP_S else None
        self.version = _library_version(coding)


def _make_batches(tasks: Iterable[_Task]) -> Iterator[list[_Task]]:
    batch: list[_Task] = []
    total = 0.0
    for task in tasks:
        batch.append(task)
        total += task.estimate_s + _FAST_BYTE_S * 1000
        if total >= _BATCH_S:
            yield batch
            batch, total = [], 0.0
    if batch:
        yield batch


_Run = Callable[..., Iterator[list[tuple[bytes, bool]]]]


@contextlib.contextmanager
def _workers(jobs: int, count: int) -> Iterator[_Run]:
    """Give a map over threads, or the plain one where there is nothing to share."""
    if jobs < 2 or count < 2:
        yield map
        return
    # loads logging and threads, which a build of a few files never needs
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(max_workers=jobs)
    try:
        yield pool.map
    finally:
        pool.shutdown(cancel_futures=True)


def compress(data: bytes, coding: Coding, level: int) -> bytes:
    """Return the bytes in a coding; no name, no time and no system number in them."""
    if coding == "gzip":
        import deflate  # compiled; not for --help

        # libdeflate's header has mtime 0 and OS 255 (unknown): RFC 1952 section 2.3.1
        return bytes(deflate.gzip_compress(data, level))
    if coding == "br":
        import brotli

        return bytes(brotli.compress(data, quality=level))
    import zstandard

    # one frame with its size and no checksum: HTTP has its own, and 4 bytes count in small files
    return zstandard.ZstdCompressor(level=level, write_checksum=False).compress(data)


def decompress(data: bytes, coding: Coding, *, size: int) -> bytes:
    """Return the bytes that a variant stands for; ``size`` is their number."""
    if coding == "gzip":
        import deflate

        return bytes(deflate.gzip_decompress(data, size)) if size else b""
    if coding == "br":
        import brotli

        return bytes(brotli.decompress(data))
    import zstandard

    return zstandard.ZstdDecompressor().decompress(data, max_output_size=max(1, size))


def _load_or_encode(task: _Task, min_saving: float) -> tuple[bytes, bool]:
    """Return the variant's bytes (none where it is not worth it), and whether they are new."""
    cache = task.cache
    if cache is not None:
        key = digest_parts(
            "variant",
            [
                str(REVISION),
                task.coding,
                str(task.level),
                task.version,
                f"{min_saving}",
                task.item.sha256,
            ],
        )
        known = cache.load(key, _holds_always)
        if known is not None:
            return known.blobs.get("content", b""), False
    data = task.item.read()
    packed = compress(data, task.coding, task.level)
    is_worth = bool(data) and len(packed) <= len(data) * (1 - min_saving)
    if cache is not None:
        blobs = {"content": packed} if is_worth else {}
        cache.store(key, CachedResult(deps=(), meta={"is_worth": is_worth}, blobs=blobs))
    return packed if is_worth else b"", True


def _holds_always(dep: Dep) -> bool:
    return True  # a variant depends on its key alone


@cache
def _library_version(coding: str) -> str:
    """Return the version of the library that makes a coding. Errors: ``variants/no-library``."""
    name = _LIBRARIES[coding]
    version = installed_version(name)
    if version is None:
        raise AssetbuildError(
            error(
                "variants/no-library",
                f'the coding "{coding}" needs the Python package "{name}", which is not installed',
                hint=f"pip install 'assetbuild[{coding}]'"
                if coding == "zstd"
                else f"pip install {name}",
            )
        )
    return version
