"""Make the precompressed variants of the outputs, and put them into their manifest entries.

In: entries and their final bytes. Out: the entries with variants; the variants on disk.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from assetbuild.assets.build.output import OutputFolder
from assetbuild.assets.build.prepare import StepContext
from assetbuild.assets.build.state import Snapshot
from assetbuild.assets.encodings import (
    SUFFIXES,
    Encodable,
    VariantPlan,
    digest_plan,
    encode_variants,
)
from assetbuild.assets.model import Manifest, ManifestEntry, Variant
from assetbuild.digests import sha256_hex
from assetbuild.paths import LogicalPath


@dataclass(frozen=True, slots=True, kw_only=True)
class LastVariants:
    """The variants that the last build made by the same plan, which need not be made again."""

    manifest: Manifest  # what lies in the output folder
    trusted: Mapping[str, tuple[int, int, int]]  # output -> size, mtime, inode, of the last build
    output: OutputFolder

    def find(self, entry: ManifestEntry) -> Mapping[str, Variant] | None:
        """Return the variants of an output of the same bytes, or None when they must be made."""
        before = self.manifest.entries.get(entry.logical)
        if (
            before is None
            or before.hashed != entry.hashed
            or before.sha256 != entry.sha256
            or before.media_type != entry.media_type
        ):
            return None
        for one in before.variants.values():
            trusted = self.trusted.get(f"{self.output.path}/{one.path}")
            if not self.output.is_as_left(one.path, trusted):
                return None
        return before.variants


def recall_variants(
    plan: VariantPlan, snapshot: Snapshot | None, manifest: Manifest | None, output: OutputFolder
) -> LastVariants | None:
    """Return what the last build made, if it made it by this plan.

    ``manifest`` is what lies in the output folder. Errors: ``variants/no-library``.
    """
    if snapshot is None or manifest is None:
        return None
    facts: Any = snapshot.facts or {}
    if facts.get("variants") != digest_plan(plan):
        return None
    return LastVariants(manifest=manifest, trusted=snapshot.outputs, output=output)


def make_variants(
    entries: Mapping[LogicalPath, ManifestEntry],
    plan: VariantPlan,
    *,
    read: Callable[[LogicalPath], bytes],
    last: LastVariants | None,
    output: OutputFolder,
    steps: StepContext,
) -> tuple[dict[LogicalPath, ManifestEntry], int]:
    """Write the variants of the outputs; return the entries with them, and how many were new.

    Errors: ``variants/no-library``, those of OutputFolder.
    """
    known: dict[LogicalPath, dict[str, Variant]] = {}
    wanted: list[ManifestEntry] = []
    for logical, entry in entries.items():
        variants = None if last is None else last.find(entry)
        if variants is None:
            wanted.append(entry)
        else:
            known[logical] = {**variants}
    written = 0

    def keep(path: str, data: bytes) -> None:
        nonlocal written
        if not output.has(path, sha256_hex(data), len(data)):
            output.write(path, data)
            written += 1

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
            for one in wanted
        ],
        plan,
        cache=steps.cache,
        keep=keep,
        on_done=lambda done, total: steps.reporter.progress(done, total, "compressing"),
    )
    result: dict[LogicalPath, ManifestEntry] = {}
    for logical, entry in entries.items():
        some: dict[str, Variant] = known.get(logical) or {**made.get(entry.hashed, {})}
        result[logical] = dataclasses.replace(entry, variants=some) if some else entry
    return result, written


def possible_variants(names: Iterable[str], plan: VariantPlan) -> Iterator[str]:
    """Yield every path at which a variant of the hashed paths may be made."""
    for name in names:
        for coding in plan.levels:
            yield name + SUFFIXES[coding]
