"""``.buildpacks.lock``: exactly which commit, tree or archive each entry of the list is.

In: bytes and refs. Out: locked packs, the file's text, what drifted. Refuses to know: disks, the
network. A URL stands in the file without its secrets: the file is committed. Packs in folders of
the app are not locked: the app's own history holds them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from assetbuild.buildpacks.refs import BuildpackRef
from assetbuild.diagnostics import AssetbuildError, Diagnostic, error
from assetbuild.jsontype import parse_json
from assetbuild.redact import redact_urls

LOCK_NAME = ".buildpacks.lock"
SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPack:
    """What one entry of the list was when it was locked."""

    url: str  # without secrets
    revision: str | None  # as the list says it
    commit: str | None  # full sha; None: an archive
    sha256: str | None  # of the archive; None: from git
    tree: str  # digest of the files (store.digest_tree)


def is_lockable(ref: BuildpackRef) -> bool:
    """Tell whether an entry belongs in the lock: what comes from outside of the app."""
    return not ref.url.startswith(("./", "../", "/")) and ref.url not in (".", "..")


def find_locked(locked: Sequence[LockedPack], ref: BuildpackRef) -> LockedPack | None:
    """Return what the lock says of an entry of the list."""
    url = redact_urls(ref.url)
    return next((one for one in locked if (one.url, one.revision) == (url, ref.revision)), None)


def find_drift(locked: Sequence[LockedPack], refs: Sequence[BuildpackRef]) -> list[Diagnostic]:
    """Return where list and lock differ: entries that are not locked, and locked ones not listed."""
    found = [
        error(
            "lock/drift",
            f'"{ref.label}" is not in {LOCK_NAME}',
            location=ref.origin,
            hint="run: assetbuild buildpacks lock",
        )
        for ref in refs
        if is_lockable(ref) and find_locked(locked, ref) is None
    ]
    listed = {(redact_urls(ref.url), ref.revision) for ref in refs}
    found += [
        error(
            "lock/drift",
            f'"{one.url}" is in {LOCK_NAME} and no longer in the list',
            hint="run: assetbuild buildpacks lock",
        )
        for one in locked
        if (one.url, one.revision) not in listed
    ]
    return found


def render_lock(packs: Sequence[LockedPack]) -> str:
    """Return the file's text: JSON, one entry a pack in the order of the list, no repeats."""
    entries = []
    for one in dict.fromkeys(packs):
        facts = {
            "url": one.url,
            "revision": one.revision,
            "commit": one.commit,
            "sha256": one.sha256,
            "tree": one.tree,
        }
        entries.append({name: value for name, value in facts.items() if value is not None})
    return json.dumps({"schema": SCHEMA, "packs": entries}, indent=2, ensure_ascii=False) + "\n"


def parse_lock(data: bytes) -> tuple[LockedPack, ...]:
    """Return the packs of a lock file. Errors: ``lock/corrupt``."""
    try:
        document = parse_json(data)
        if document["schema"] != SCHEMA:
            raise ValueError(f"schema {document['schema']}")
        packs = tuple(_parse_entry(one) for one in document["packs"])
    except (ValueError, KeyError, TypeError, AttributeError) as failure:
        raise AssetbuildError(
            error(
                "lock/corrupt",
                f"{LOCK_NAME} cannot be read: {failure}",
                hint="bring it back from version control, or run: assetbuild buildpacks lock",
            )
        ) from None
    return packs


def _parse_entry(entry: dict[str, object]) -> LockedPack:
    def text(name: str) -> str | None:
        value = entry.get(name)
        if value is not None and not isinstance(value, str):
            raise ValueError(f'"{name}" is no text')
        return value

    url, tree = text("url"), text("tree")
    commit, sha256 = text("commit"), text("sha256")
    if url is None or tree is None or (commit is None) == (sha256 is None):
        raise ValueError("an entry lacks url, tree, or one of commit and sha256")
    # these become arguments of git and names in the store
    if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", commit or sha256 or ""):
        raise ValueError("a commit or sha256 is no full digest")
    return LockedPack(url=url, revision=text("revision"), commit=commit, sha256=sha256, tree=tree)
