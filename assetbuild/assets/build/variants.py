"""Make the precompressed variants of the outputs, and put them into their manifest entries.

In: entries and their final bytes. Out: the entries with variants; the variants on disk.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial

from assetbuild.assets.build.output import OutputFolder
from assetbuild.assets.cache import BuildCache
from assetbuild.assets.encodings import (
    Encodable,
    EncodedVariant,
    VariantPlan,
    encode_variants,
    iterate_paths,
)
from assetbuild.assets.model import ManifestEntry, Variant
from assetbuild.digests import sha256_hex
from assetbuild.paths import LogicalPath
from assetbuild.reporting import Reporter


def make_variants(
    entries: Mapping[LogicalPath, ManifestEntry],
    plan: VariantPlan,
    *,
    read: Callable[[LogicalPath], bytes],
    cache: BuildCache | None,
    reporter: Reporter,
) -> tuple[dict[LogicalPath, ManifestEntry], Mapping[str, tuple[EncodedVariant, ...]]]:
    """Return the entries with their variants, and the variants to write.

    Errors: ``variants/no-library``.
    """
    made, _ = encode_variants(
        [
            Encodable(
                logical=one.logical,
                hashed=one.hashed,
                media_type=one.media_type,
                sha256=one.sha256,
                size=one.size,
                read=partial(read, one.logical),
            )
            for one in entries.values()
        ],
        plan,
        cache=cache,
        on_done=lambda done, total: reporter.progress(done, total, "compressing"),
    )
    result: dict[LogicalPath, ManifestEntry] = {}
    for logical, entry in entries.items():
        variants: dict[str, Variant] = {
            one.coding: one.variant for one in made.get(entry.hashed, ())
        }
        result[logical] = dataclasses.replace(entry, variants=variants) if variants else entry
    return result, made


def write_variants(variants: Mapping[str, tuple[EncodedVariant, ...]], output: OutputFolder) -> int:
    """Write what is not there yet, and return how many files. Errors: those of OutputFolder."""
    written = 0
    for path, data in iterate_paths(variants):
        if not output.has(path, sha256_hex(data), len(data)):
            output.write(path, data)
            written += 1
    return written
