"""Precompressed variants: gzip, brotli and zstd of what compresses, made once for the same bytes.

In: final bytes under their hashed paths, and a plan. Out: the variants worth keeping, by path and
coding. The same bytes, plan and library versions give the same variants on every machine: nothing
of time, name or system enters them. Refuses to know: the output folder and the manifest file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Literal

from assetbuild.assets.cache import BuildCache, CachedResult
from assetbuild.assets.model import Dep, Variant
from assetbuild.assets.tools.distributions import installed_version
from assetbuild.config.images import VariantsConfig
from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.digests import digest_parts, sha256_hex
from assetbuild.globs import compile_glob, match_any
from assetbuild.media import is_compressible
from assetbuild.paths import LogicalPath

Coding = Literal["br", "gzip", "zstd"]

REVISION = 1  # bumped when the variants of the same bytes change for another reason than a library
SUFFIXES: Mapping[str, str] = {"br": ".br", "gzip": ".gz", "zstd": ".zst"}

# Measured on 4.4 MB of CSS, JS and SVG (docs/explanation/sprites.md): brotli 10 gives nearly all
# of 11 in 40 % of its time, but a release is compressed once and downloaded for months.
_LEVELS: Mapping[str, Mapping[str, int]] = {
    "best": {"br": 11, "gzip": 12, "zstd": 19},
    "fast": {"br": 5, "gzip": 6, "zstd": 3},
}
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
class EncodedVariant:
    """A variant with its bytes."""

    coding: Coding
    variant: Variant  # as the manifest tells it
    data: bytes  # the compressed bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodeStats:
    """How the variants of a build came to be."""

    made: int = 0  # compressed now
    cached: int = 0  # found in the cache, the unworthy among them
    kept: int = 0  # variants that were worth their file


def plan_variants(config: VariantsConfig, *, is_dev: bool) -> VariantPlan:
    """Return the plan that a configuration means for a release or (``is_dev``) a watch."""
    profile = config.profile
    if profile == "off":
        return VariantPlan(levels={})
    if profile == "auto":
        profile = "fast" if is_dev else "best"
    levels = {coding: _LEVELS[profile][coding] for coding in sorted(config.codings)}
    return VariantPlan(levels=levels, exclude=config.exclude, min_saving=config.min_saving / 100)


def encode_variants(
    items: Sequence[Encodable],
    plan: VariantPlan,
    *,
    cache: BuildCache | None,
    jobs: int = 0,
    on_done: Callable[[int, int], None] | None = None,
) -> tuple[Mapping[str, tuple[EncodedVariant, ...]], EncodeStats]:
    """Return hashed path -> its variants sorted by coding, and what it took.

    Only paths with a variant worth keeping are in the mapping, sorted. The libraries release
    the GIL, so threads (``jobs``; 0: one a core) share the work, the largest files first: a
    large one begun last would keep one core busy alone. Errors: ``variants/no-library``.
    """
    levels: dict[Coding, int] = dict(plan.levels)
    for coding in levels:
        _library_version(coding)
    tasks = [
        (item, coding)
        for item in items
        if plan.accepts(logical=item.logical, media_type=item.media_type)
        for coding in levels
    ]
    tasks.sort(key=lambda task: (-task[0].size * _WEIGHTS[task[1]], task[0].hashed, task[1]))
    made = 0
    found: dict[str, list[EncodedVariant]] = {}

    def work(task: tuple[Encodable, Coding]) -> tuple[bytes, bool]:
        item, coding = task
        level = plan.level_of(coding, item.logical)
        return _load_or_encode(item, coding, level, plan.min_saving, cache)

    with ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1) as pool:
        for index, ((item, coding), (data, is_new)) in enumerate(
            zip(tasks, pool.map(work, tasks), strict=True)
        ):
            made += is_new
            if data:
                found.setdefault(item.hashed, []).append(_tell_variant(item.hashed, coding, data))
            if on_done is not None:
                on_done(index + 1, len(tasks))
    kept = sum(len(some) for some in found.values())
    return (
        {
            hashed: tuple(sorted(some, key=lambda one: one.coding))
            for hashed, some in sorted(found.items())
        },
        EncodeStats(made=made, cached=len(tasks) - made, kept=kept),
    )


# time a byte takes relative to gzip, for the order of the work only
_WEIGHTS: Mapping[str, int] = {"br": 6, "gzip": 1, "zstd": 2}


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


def _load_or_encode(
    item: Encodable, coding: Coding, level: int, min_saving: float, cache: BuildCache | None
) -> tuple[bytes, bool]:
    """Return the variant's bytes (none where it is not worth it), and whether they are new."""
    key = digest_parts(
        "variant",
        [str(REVISION), coding, str(level), _library_version(coding), f"{min_saving}", item.sha256],
    )
    if cache is not None:
        known = cache.load(key, _holds_always)
        if known is not None:
            return known.blobs.get("content", b""), False
    data = item.read()
    packed = compress(data, coding, level)
    is_worth = bool(data) and len(packed) <= len(data) * (1 - min_saving)
    if cache is not None:
        blobs = {"content": packed} if is_worth else {}
        cache.store(key, CachedResult(deps=(), meta={"is_worth": is_worth}, blobs=blobs))
    return packed if is_worth else b"", True


def _holds_always(dep: Dep) -> bool:
    return True  # a variant depends on its key alone


def _tell_variant(hashed: str, coding: Coding, data: bytes) -> EncodedVariant:
    path = hashed + SUFFIXES[coding]
    variant = Variant(path=path, sha256=sha256_hex(data), size=len(data))
    return EncodedVariant(coding=coding, variant=variant, data=data)


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


def iterate_paths(variants: Mapping[str, Sequence[EncodedVariant]]) -> Iterator[tuple[str, bytes]]:
    """Yield every file to write, sorted: path below the output folder and bytes."""
    for hashed in sorted(variants):
        for one in variants[hashed]:
            yield one.variant.path, one.data
