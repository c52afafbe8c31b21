"""The packs of an app, ready to run: the list is read once, then all are fetched.

In: the folder of the app and its configuration. Out: ChainPack values with private copies.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from assetbuild.assets.cache_dir import user_cache_dir
from assetbuild.buildpacks.attempts import Patience
from assetbuild.buildpacks.chain import ChainPack
from assetbuild.buildpacks.fetch import FetchSetup, Pack, fetch_packs
from assetbuild.buildpacks.listing import LIST_FILES, PackList, read_list
from assetbuild.buildpacks.lock import LOCK_NAME, LockedPack, find_drift, parse_lock
from assetbuild.buildpacks.refs import BuildpackRef
from assetbuild.buildpacks.store import PackStore
from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError, Diagnostic, Severity, sort_diagnostics
from assetbuild.redact import redact_urls
from assetbuild.reporting import Reporter
from assetbuild.sizes import format_count

LoadPacks = Callable[[Path, Config, Path], tuple[ChainPack, ...]]
"""(folder of the app, configuration, private folder for the copies) -> packs in order."""


STORE_FOLDER = "assetbuild/packs"
"""Where the store lies below CACHE_DIR."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackSource:
    """How the packs of an app are had."""

    store: Path  # folder of the store
    host: Mapping[str, str]  # environment: PATH, HOME, proxies, certificates
    reporter: Reporter  # where it is told
    is_offline: bool = False  # use the store alone
    is_locked: bool = False  # a list that differs from the lock is an error


def make_loader(source: PackSource) -> LoadPacks:
    """Return the LoadPacks that reads the app's list and fetches what it names."""

    def load(project: Path, config: Config, folder: Path) -> tuple[ChainPack, ...]:
        return load_packs(project, config, folder, source)

    return load


def find_user_store(host: Mapping[str, str]) -> Path:
    """Return the store that the builds of this user share."""
    return user_cache_dir(host) / "packs"


def read_pack_list(project: Path, config: Config) -> PackList:
    """Return the packs that the app names. Errors: ``list/…``."""
    files = {name: (project / name) for name in LIST_FILES}
    found = {name: path.read_bytes() for name, path in files.items() if path.is_file()}
    return read_list(found, config)


def read_lock(project: Path) -> tuple[LockedPack, ...] | None:
    """Return what the app locked; None without a lock file."""
    path = project / LOCK_NAME
    return parse_lock(path.read_bytes()) if path.is_file() else None


def load_packs(
    project: Path, config: Config, folder: Path, source: PackSource
) -> tuple[ChainPack, ...]:
    """Return the packs of an app with a private copy of each below ``folder``."""
    listed = read_pack_list(project, config)
    locked = read_lock(project)
    _check_drift(listed, locked, config, source)
    if not listed.refs:
        return ()
    started = time.monotonic()
    source.reporter.step(f"Fetching {format_count(len(listed.refs), 'pack')} of {listed.source}")
    packs = fetch_all(listed.refs, project, config, folder, source, locked or ())
    for one in packs:
        source.reporter.detail(_tell(one))
    source.reporter.verbose(f"fetched in {time.monotonic() - started:.1f} s")
    return tuple(_to_chain_pack(one) for one in packs)


def fetch_all(
    refs: tuple[BuildpackRef, ...],
    project: Path,
    config: Config,
    folder: Path,
    source: PackSource,
    locked: tuple[LockedPack, ...],
) -> tuple[Pack, ...]:
    """Fetch as the configuration says. Errors: ``fetch/…``, ``lock/…``."""
    setup = FetchSetup(
        project=project,
        target=folder,
        store=PackStore(source.store),
        host=source.host,
        patience=Patience(tries=config.chain.fetch_tries, timeout_s=config.chain.fetch_timeout_s),
        is_offline=source.is_offline,
        locked=locked,
    )
    return fetch_packs(refs, setup)


def _check_drift(
    listed: PackList,
    locked: tuple[LockedPack, ...] | None,
    config: Config,
    source: PackSource,
) -> None:
    drift = judge_drift(listed, locked, is_strict=source.is_locked or config.chain.locked)
    if any(one.is_error for one in drift):
        raise AssetbuildError(*drift)
    for one in drift:
        source.reporter.diagnostic(one)


def judge_drift(
    listed: PackList, locked: tuple[LockedPack, ...] | None, *, is_strict: bool
) -> tuple[Diagnostic, ...]:
    """Return where list and lock differ: errors where the lock must hold, warnings else."""
    if locked is None and not is_strict:
        return ()
    drift = sort_diagnostics(find_drift(locked or (), listed.refs))
    if is_strict:
        return drift
    return tuple(dataclasses.replace(one, severity=Severity.WARNING) for one in drift)


def _to_chain_pack(one: Pack) -> ChainPack:
    config = one.ref.config
    return ChainPack(
        label=redact_urls(one.ref.url),
        # the cache of a pack outlives a new password in its URL
        source=redact_urls(one.ref.url),
        root=one.dir,
        commit=one.commit,
        dir=config.dir,
        env=config.env,
        cache=config.cache,
        is_optional=config.optional,
        when_file=config.when.file,
        time_limit_s=config.time_limit_s,
        fetch_s=one.seconds,
    )


def _tell(one: Pack) -> str:
    what = "a folder"
    if one.commit is not None:
        what = one.commit[:12]
    elif one.sha256 is not None:
        what = f"sha256 {one.sha256[:12]}"
    how = ", stored" if one.is_stored and one.ref.kind != "path" else ""
    return f"{one.ref.label} ({what}{how})"
