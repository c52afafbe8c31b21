"""Fetch all packs of a list, several at once, before any of them runs.

In: refs, a store, the environment that names proxies and keys. Out: Packs in the order of the
list, each with a private writable copy. Errors: all that could not be fetched, together:
``fetch/…``, ``lock/changed``, ``lock/revision-gone``, ``list/names-itself``.
Refuses to know: which file listed the packs; what they do.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from assetbuild.buildpacks.attempts import Exhausted, Hopeless, Patience, try_often
from assetbuild.buildpacks.git import Git, Gone, NoRevision
from assetbuild.buildpacks.lock import LockedPack, find_locked, is_lockable
from assetbuild.buildpacks.refs import BuildpackRef, is_sha
from assetbuild.buildpacks.refusals import (
    Refused,
    cannot_keep,
    changed,
    fetch_failed,
    no_pack,
    no_such_path,
    offline,
    revision_gone,
)
from assetbuild.buildpacks.store import PackStore, digest_tree
from assetbuild.diagnostics import AssetbuildError, Diagnostic, error, sort_diagnostics
from assetbuild.digests import sha256_hex
from assetbuild.redact import redact_urls
from assetbuild.trees import copy_tree, remove_tree

# fetches at a time: they wait for servers, not for this machine; OpenSSH's server refuses more at random
_AT_ONCE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A fetched pack."""

    ref: BuildpackRef  # what was asked for
    dir: Path  # private writable copy
    commit: str | None  # full sha; None: an archive or a folder
    sha256: str | None  # of the archive; None: from git or a folder
    tree: str  # digest of its files
    is_stored: bool  # nothing was fetched: the store had it
    seconds: float  # wall time of fetching

    def to_locked(self) -> LockedPack:
        """Return the entry of the lock file for this pack."""
        return LockedPack(
            url=redact_urls(self.ref.url),
            revision=self.ref.revision,
            commit=self.commit,
            sha256=self.sha256,
            tree=self.tree,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSetup:
    """Where and how to fetch."""

    project: Path  # folder that ./paths start from
    target: Path  # folder that receives the copies: 0, 1, …
    store: PackStore  # what was fetched before
    host: Mapping[str, str]  # environment: PATH, HOME, proxies, certificates
    patience: Patience = dataclasses.field(default_factory=Patience)  # with the network
    is_offline: bool = False  # use the store alone
    locked: tuple[LockedPack, ...] = ()  # what the lock file says


@dataclass(frozen=True, slots=True, kw_only=True)
class _Got:
    """What is in the store, under which key."""

    key: str  # in the store
    commit: str | None = None  # full sha; None: not from git
    sha256: str | None = None  # of the archive; None: from git
    is_stored: bool = False  # nothing was fetched


def fetch_packs(refs: Sequence[BuildpackRef], setup: FetchSetup) -> tuple[Pack, ...]:
    """Return a Pack for each ref, in order; a pack named twice is fetched once and copied twice."""
    setup.target.mkdir(parents=True, exist_ok=True)
    firsts: dict[tuple[str, str | None], BuildpackRef] = {}
    for ref in refs:
        firsts.setdefault((ref.url, ref.revision), ref)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        waiting = {
            name: pool.submit(_obtain_timed, ref, setup)
            for name, ref in firsts.items()
            if ref.kind != "path"
        }
        found: list[Diagnostic] = []
        packs: list[Pack] = []
        for index, ref in enumerate(refs):
            target = setup.target / str(index)
            try:
                if ref.kind == "path":
                    packs.append(_copy_folder(ref, target, setup))
                else:
                    got, seconds = waiting[ref.url, ref.revision].result()
                    packs.append(_copy_stored(ref, got, target, seconds, setup))
            except OSError as failure:
                found.append(cannot_keep(ref, failure).item)
            except Refused as refused:
                item = refused.item
                if ref.origin != item.location and item.location is not None:
                    item = dataclasses.replace(item, location=ref.origin)
                found.append(item)
    if found:
        raise AssetbuildError(*sort_diagnostics(found))
    setup.store.prune()
    return tuple(packs)


def _obtain_timed(ref: BuildpackRef, setup: FetchSetup) -> tuple[_Got, float]:
    started = time.monotonic()
    obtain = _obtain_git if ref.kind == "git" else _obtain_archive
    try:
        got = obtain(ref, setup)
    except Exhausted as failure:
        raise fetch_failed(
            ref, str(failure), is_known=bool(setup.store.recall(ref.url, ref.revision))
        ) from None
    except OSError as failure:
        raise cannot_keep(ref, failure) from None
    return got, time.monotonic() - started


def _obtain_git(ref: BuildpackRef, setup: FetchSetup) -> _Got:
    locked = find_locked(setup.locked, ref)
    commit = locked.commit if locked is not None else None
    if commit is None and ref.is_full_sha:
        commit = ref.revision
    if setup.is_offline and commit is None:
        known = setup.store.recall(ref.url, ref.revision).get("commit")
        commit = known if isinstance(known, str) else None
    if commit is not None and setup.store.has(f"git-{commit}"):
        return _Got(key=f"git-{commit}", commit=commit, is_stored=True)
    if setup.is_offline:
        raise offline(ref)
    git = Git(host=setup.host, patience=setup.patience)
    with setup.store.scratch() as scratch:
        try:
            got = _fetch_git(ref, commit, git, scratch, setup, is_locked=locked is not None)
        except NoRevision as failure:
            if locked is not None:
                raise revision_gone(ref, str(commit), str(failure)) from None
            raise Refused(
                error(
                    "fetch/no-revision",
                    f'"{redact_urls(ref.url)}" has no "{ref.revision or "HEAD"}": {failure}',
                    location=ref.origin,
                    hint=f"see what it has: git ls-remote {redact_urls(ref.url)}",
                )
            ) from None
        except Gone as failure:
            raise revision_gone(ref, str(commit), str(failure)) from None
    setup.store.remember(ref.url, ref.revision, {"commit": got.commit})
    return got


def _fetch_git(
    ref: BuildpackRef,
    commit: str | None,
    git: Git,
    scratch: Path,
    setup: FetchSetup,
    *,
    is_locked: bool,
) -> _Got:
    """Return a commit of a repository in the store; ``commit`` None: what the revision is now."""
    store = setup.store
    if commit is None:
        known = store.recall(ref.url, ref.revision).get("commit")
        if isinstance(known, str) and store.has(f"git-{known}"):
            # nothing is fetched as long as the revision is what it was
            commit = git.resolve(ref.url, ref.revision, scratch)
            if store.has(f"git-{commit}"):
                return _Got(key=f"git-{commit}", commit=commit, is_stored=True)
    if ref.revision is None or not is_sha(ref.revision):
        # one connection for what most lists name; of a lock it is the proof that it is no old commit
        tip = git.clone_tip(ref.url, ref.revision, scratch)
        if tip is not None and (commit is None or not is_locked or tip.commit == commit):
            store.take(f"git-{tip.commit}", tip.tree)
            return _Got(key=f"git-{tip.commit}", commit=tip.commit)
    chosen = commit or git.resolve(ref.url, ref.revision, scratch)
    if is_locked:
        git.check_history(ref.url, chosen, scratch)
    store.add(f"git-{chosen}", lambda folder: git.fetch_tree(ref.url, chosen, folder))
    return _Got(key=f"git-{chosen}", commit=chosen)


def _obtain_archive(ref: BuildpackRef, setup: FetchSetup) -> _Got:
    # heavy (ssl, http, tarfile), and most lists name git alone
    from assetbuild.buildpacks.archives import download

    locked = find_locked(setup.locked, ref)
    if not is_lockable(ref):
        return _store_archive(ref, _read_local(ref, setup), None, setup)
    if locked is not None and setup.store.has(f"archive-{locked.sha256}"):
        return _Got(key=f"archive-{locked.sha256}", sha256=locked.sha256, is_stored=True)
    known = setup.store.recall(ref.url, None)
    have = known.get("sha256")
    has_it = isinstance(have, str) and setup.store.has(f"archive-{have}")
    if setup.is_offline:
        if not has_it or locked is not None:
            raise offline(ref)
        return _Got(key=f"archive-{have}", sha256=str(have), is_stored=True)
    etag, modified = known.get("etag"), known.get("modified")
    answer = try_often(
        lambda: download(
            ref.url,
            host=setup.host,
            timeout_s=setup.patience.timeout_s,
            etag=etag if has_it and isinstance(etag, str) else None,
            modified=modified if has_it and isinstance(modified, str) else None,
        ),
        what="the download",
        patience=setup.patience,
    )
    if answer.data is None:
        return _Got(key=f"archive-{have}", sha256=str(have), is_stored=True)
    got = _store_archive(ref, answer.data, locked, setup)
    setup.store.remember(
        ref.url,
        None,
        {"sha256": got.sha256, "etag": answer.etag, "modified": answer.modified},
    )
    return got


def _store_archive(
    ref: BuildpackRef, data: bytes, locked: LockedPack | None, setup: FetchSetup
) -> _Got:
    from assetbuild.buildpacks.archives import UnsafeArchive, unpack  # heavy, see above

    sha256 = sha256_hex(data)
    if locked is not None and locked.sha256 != sha256:
        raise changed(ref, "the archive", locked.sha256, sha256)

    def make(folder: Path) -> Path:
        inside = folder / "unpacked"
        inside.mkdir()
        return unpack(data, inside)

    try:
        setup.store.add(f"archive-{sha256}", make)
    except UnsafeArchive as failure:
        raise Refused(
            error(
                "fetch/unsafe-archive",
                f'"{ref.label}" is not unpacked: {failure}',
                location=ref.origin,
                hint="no honest archive of a pack has such an entry; ask who made it",
            )
        ) from None
    except Hopeless as failure:
        raise Refused(
            error(
                "fetch/bad-archive",
                f'"{ref.label}" cannot be unpacked: {failure}',
                location=ref.origin,
            )
        ) from None
    return _Got(key=f"archive-{sha256}", sha256=sha256)


def _read_local(ref: BuildpackRef, setup: FetchSetup) -> bytes:
    try:
        return (setup.project / ref.url).read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise no_such_path(ref) from None


def _copy_folder(ref: BuildpackRef, target: Path, setup: FetchSetup) -> Pack:
    started = time.monotonic()
    source = setup.project / ref.url
    if not source.is_dir():
        raise no_such_path(ref)
    # before the copy: the path may be a slip of the hand, and lead to all there is
    if not (source / "bin").is_dir():
        raise no_pack(ref)
    copy_tree(source, target)
    _guard_nesting(ref, target)
    return Pack(
        ref=ref,
        dir=target,
        commit=None,
        sha256=None,
        tree=digest_tree(target),
        is_stored=True,
        seconds=time.monotonic() - started,
    )


def _copy_stored(
    ref: BuildpackRef, got: _Got, target: Path, seconds: float, setup: FetchSetup
) -> Pack:
    setup.store.copy(got.key, target)
    tree = digest_tree(target)
    if tree != setup.store.digest(got.key):
        # damaged, or written into: forget it, so that the next build fetches it again
        setup.store.drop(got.key)
        raise Refused(
            error(
                "fetch/store-damaged",
                f'the stored copy of "{ref.label}" is not what was stored; it was removed',
                location=ref.origin,
                hint="build again: it will be fetched anew",
            )
        )
    locked = find_locked(setup.locked, ref)
    if locked is not None and locked.tree != tree:
        raise changed(ref, "the tree of its files", locked.tree, tree)
    _guard_nesting(ref, target)
    return Pack(
        ref=ref,
        dir=target,
        commit=got.commit,
        sha256=got.sha256,
        tree=tree,
        is_stored=got.is_stored,
        seconds=seconds,
    )


def _guard_nesting(ref: BuildpackRef, folder: Path) -> None:
    """Refuse assetbuild under another name: it would read the same list without end."""
    if (folder / "assetbuild" / "buildpacks" / "refs.py").is_file():
        remove_tree(folder)
        raise Refused(
            error(
                "list/names-itself",
                f'"{ref.label}" is assetbuild itself; it would run itself without end',
                location=ref.origin,
                hint="remove the line",
            )
        )
