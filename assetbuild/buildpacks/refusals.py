"""Why a pack cannot be had: the diagnostics of fetch.py, each with what to do next.

In: a ref and what went wrong. Out: Refused, an exception that carries the diagnostic.
Refuses to know: how packs are fetched.
"""

from __future__ import annotations

import errno

from assetbuild.buildpacks.lock import LOCK_NAME
from assetbuild.buildpacks.refs import BuildpackRef
from assetbuild.diagnostics import Diagnostic, error
from assetbuild.redact import redact_urls


class Refused(Exception):
    """One ref cannot be had; carries the diagnostic."""

    def __init__(self, item: Diagnostic) -> None:
        super().__init__(item.message)
        self.item = item


def fetch_failed(ref: BuildpackRef, said: str, *, is_known: bool) -> Refused:
    """Return that the network or the server failed; ``is_known``: an earlier copy is there."""
    hint = "check the URL, the network and who may read it"
    if is_known:
        hint += "; --offline uses the copy that was fetched last"
    return Refused(
        error(
            "fetch/failed",
            f'cannot fetch "{ref.label}": {redact_urls(said)}',
            location=ref.origin,
            hint=hint,
        )
    )


def offline(ref: BuildpackRef) -> Refused:
    """Return that a pack is neither stored nor may be fetched."""
    return Refused(
        error(
            "fetch/offline",
            f'"{ref.label}" is not in the store, and fetching is off',
            location=ref.origin,
            hint="build once without --offline",
        )
    )


def cannot_keep(ref: BuildpackRef, failure: OSError) -> Refused:
    """Return that the disk refused a pack: its stored tree, or the copy that runs."""
    return Refused(
        error(
            "fetch/store-unusable",
            f'cannot keep a copy of "{ref.label}": {failure.strerror or failure}',
            location=ref.origin,
            hint="free some space" if failure.errno == errno.ENOSPC else None,
        )
    )


def no_such_path(ref: BuildpackRef) -> Refused:
    """Return that a pack of the app is not there."""
    return Refused(
        error(
            "fetch/no-such-path",
            f'"{ref.url}" is not there',
            location=ref.origin,
            hint="paths start at the app's folder and must be in what is deployed",
        )
    )


def no_pack(ref: BuildpackRef) -> Refused:
    """Return that a folder of the app is no pack."""
    return Refused(
        error(
            "pack/no-script",
            f'pack "{ref.label}" has no bin/detect and no bin/compile',
            location=ref.origin,
            hint="name the folder that holds the bin/ of a buildpack",
        )
    )


def changed(ref: BuildpackRef, what: str, locked: str | None, now: str) -> Refused:
    """Return that ``what`` is not what was locked."""
    return Refused(
        error(
            "lock/changed",
            f'"{ref.label}" is not what was locked: {what} was {str(locked)[:12]}…, is {now[:12]}…',
            location=ref.origin,
            hint=f"find out why before you lock it anew; {LOCK_NAME} names what was trusted",
        )
    )


def revision_gone(ref: BuildpackRef, commit: str, why: str) -> Refused:
    """Return that a locked commit left the history."""
    return Refused(
        error(
            "lock/revision-gone",
            f'"{ref.label}": the locked commit {commit} is gone: {why}',
            location=ref.origin,
            hint="packs have been taken over by strangers: look at what the repository is now "
            "before you run assetbuild buildpacks lock",
        )
    )
