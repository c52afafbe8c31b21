"""Lock the packs of an app, and tell which locked ones are old.

In: the folder of the app. Out: the lock file, or rows that say what changed upstream.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from assetbuild.buildpacks.archives import download
from assetbuild.buildpacks.attempts import Exhausted, Patience, try_often
from assetbuild.buildpacks.git import Git, Gone, NoRevision
from assetbuild.buildpacks.lock import (
    LOCK_NAME,
    LockedPack,
    find_locked,
    is_lockable,
    render_lock,
)
from assetbuild.buildpacks.refs import BuildpackRef
from assetbuild.config.load import load_config
from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.digests import sha256_hex
from assetbuild.files import atomic_write
from assetbuild.jobs.packs import PackSource, fetch_all, read_lock, read_pack_list
from assetbuild.jsontype import Json
from assetbuild.redact import redact_urls
from assetbuild.scratch import temporary_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class PackState:
    """How a locked pack stands to its repository."""

    label: str  # as the list says it, without secrets
    locked: str | None  # full sha, or sha256 of an archive; None: it is not locked
    now: str | None  # the same as it is now; None: it could not be asked
    trouble: str = ""  # why it cannot be used, or could not be asked

    @property
    def is_current(self) -> bool:
        return not self.trouble and self.locked is not None and self.locked == self.now

    def to_json(self) -> dict[str, Json]:
        return {
            "pack": self.label,
            "locked": self.locked,
            "now": self.now,
            "trouble": self.trouble or None,
        }


def lock_packs(project: Path, source: PackSource) -> tuple[LockedPack, ...]:
    """Fetch every pack as it is now and write the lock file; the same list gives the same bytes.

    What was locked before is not looked at: this is how a new version is let in.
    Errors: ``lock/no-packs``, those of the list and of fetching.
    """
    config = load_config(project)
    listed = read_pack_list(project, config)
    if listed.source is None:
        raise AssetbuildError(
            error(
                "lock/no-packs",
                "no buildpack is listed here, so there is nothing to lock",
                hint="name them in .buildpacks, one a line, in the app's folder",
            )
        )
    refs = tuple(one for one in listed.refs if is_lockable(one))
    with temporary_folder("assetbuild-lock-") as folder:
        packs = fetch_all(refs, project, config, folder, source, ())
    locked = tuple(one.to_locked() for one in packs)
    atomic_write(project / LOCK_NAME, render_lock(locked).encode())
    return locked


def find_outdated(project: Path, source: PackSource) -> tuple[PackState, ...]:
    """Ask every repository what the list's revisions are now. Errors: ``lock/missing``."""
    config = load_config(project)
    locked = read_lock(project)
    if locked is None:
        raise AssetbuildError(
            error(
                "lock/missing",
                f"there is no {LOCK_NAME} here",
                hint="run: assetbuild buildpacks lock",
            )
        )
    patience = Patience(tries=config.chain.fetch_tries, timeout_s=config.chain.fetch_timeout_s)
    refs = [one for one in read_pack_list(project, config).refs if is_lockable(one)]
    with ThreadPoolExecutor(max_workers=8) as pool:
        waiting = [
            pool.submit(_ask, ref, find_locked(locked, ref), source.host, patience) for ref in refs
        ]
        return tuple(one.result() for one in waiting)


def _ask(
    ref: BuildpackRef, locked: LockedPack | None, host: Mapping[str, str], patience: Patience
) -> PackState:
    was = None if locked is None else locked.commit or locked.sha256
    now: str | None = None
    trouble = ""
    try:
        if ref.kind == "archive":
            answer = try_often(
                lambda: download(ref.url, host=host, timeout_s=patience.timeout_s),
                what="the download",
                patience=patience,
            )
            now = sha256_hex(answer.data or b"")
        else:
            git = Git(host=host, patience=patience)
            with temporary_folder("assetbuild-ask-") as scratch:
                now = git.resolve(ref.url, ref.revision, scratch)
                if locked is not None and locked.commit is not None:
                    git.check_history(ref.url, locked.commit, scratch)
    except Gone as failure:
        trouble = f"the locked commit is gone: {failure}"
    except NoRevision as failure:
        trouble = f"the revision is gone: {failure}"
    except Exhausted as failure:
        trouble = redact_urls(str(failure))
    return PackState(label=ref.label, locked=was, now=now, trouble=trouble)
