"""A site: the manifest of a build, its table, and the URLs that templates write.

In: the configuration, the environment, the output folder. Out: an immutable Site.
Errors: ``serve/no-manifest``, ``serve/bad-url``, and those of the configuration and the manifest.
Refuses to know: requests, frameworks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from assetbuild.asset_base import HOST_VARIABLE, Base, parse_base
from assetbuild.assets.manifest import MANIFEST_NAME, lack_manifest, parse_manifest
from assetbuild.assets.model import Manifest, ManifestEntry
from assetbuild.assets.roots import find_roots
from assetbuild.config.load import load_config
from assetbuild.config.model import Config
from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.media import guess_media_type
from assetbuild.paths import LogicalPath, try_logical
from assetbuild.publish.headers import compile_header_rules
from assetbuild.serve.previous import read_previous
from assetbuild.serve.table import Mount, Table, build_table
from assetbuild.suggest import find_nearest
from assetbuild.urlparts import quote_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything that one build can answer; replaced as a whole when there is another."""

    manifest: Manifest  # of the build
    table: Table  # what is served
    base: Base  # where it is reached
    importmap: Mapping[str, str] = field(default_factory=dict)  # as ServeConfig.importmap
    takes_any: bool = False  # a name that no build made stands for itself: in an app's tests

    def find(self, name: str) -> ManifestEntry:
        """Return the entry of a logical path. Errors: ``serve/unknown-asset``."""
        entries = self.manifest.entries
        logical = try_logical(name.lstrip("/"))
        entry = entries.get(logical) if logical is not None else None
        if entry is None and logical is not None and self.takes_any:
            return _stand_in(logical)
        if entry is None:
            near = find_nearest(name, entries)
            raise AssetbuildError(
                error(
                    "serve/unknown-asset",
                    f'there is no asset "{name}"',
                    hint=f'did you mean "{near}"?'
                    if near
                    else "manifest.json names all that there are",
                )
            )
        return entry

    def url(self, name: str) -> str:
        """Return the URL of a logical path; a ``?query`` or ``#fragment`` is kept."""
        cut = min((at for at in (name.find("?"), name.find("#")) if at >= 0), default=len(name))
        return self.entry_url(self.find(name[:cut])) + name[cut:]

    def entry_url(self, entry: ManifestEntry) -> str:
        """Return the URL of an entry."""
        return self.base.url + quote_path(entry.hashed)

    def mounted_at(self, root: str) -> Site:
        """Return the site as pages of an app below a path ("/shop") name it.

        The same one where the URL has a host of its own, or the configuration names the path too.
        """
        url = self.base.url
        if not root or url.startswith(("//", f"{root}/")) or not url.startswith("/"):
            return self
        return replace(self, base=replace(self.base, url=root + url))

    def plain_url(self, logical: str) -> str:
        """Return the URL of a logical path without its hash, as a page that uses no tags writes."""
        return self.base.url + quote_path(logical)


def _stand_in(logical: LogicalPath) -> ManifestEntry:
    return ManifestEntry(
        logical=logical,
        hashed=logical,
        sha256="",
        size=0,
        media_type=guess_media_type(logical),
        integrity="",
    )


def read_base(project: Path) -> Base:
    """Return the base that a project's configuration names."""
    return parse_base(load_config(project).assets.url, None)


def read_roots(project: Path) -> tuple[Path, ...]:
    """Return the source roots, absolute: the configured ones, or the usual ones that are there."""
    config = load_config(project.resolve())
    if config.assets.roots:
        return tuple((project / one).resolve() for one in config.assets.roots)
    try:
        return tuple(Path(one.path).resolve() for one in find_roots(config).roots)
    except AssetbuildError:
        return ()  # nothing is built from here; a build says why


def make_site(
    config: Config,
    manifest: Manifest,
    *,
    folder: Path,
    asset_host: str | None = None,
    previous: tuple[Manifest, ...] = (),
    fetched: Path | None = None,
) -> Site:
    """Return the site of a build that lies in ``folder``, where earlier ones' files lie too.

    ``fetched`` is a folder with earlier releases' files that were brought from elsewhere.
    """
    base = parse_base(config.assets.url, asset_host)
    own = parse_base(config.assets.url, None)
    mount = Mount(
        prefix=base.prefix,
        hosts=(*config.serve.hosts, *((own.host,) if own.host else ())),
        rules=compile_header_rules((one.glob, one.headers) for one in config.rule),
        has_unhashed=config.serve.unhashed == "revalidate",
    )
    table = build_table(
        manifest,
        folder=str(folder),
        mount=mount,
        previous=[
            *((one, str(folder)) for one in previous),
            *((one, str(fetched)) for one in (read_previous(fetched) if fetched else ())),
        ],
    )
    return Site(manifest=manifest, table=table, base=base, importmap=config.serve.importmap)


def load_any_site(project: Path, *, env: Mapping[str, str]) -> Site:
    """Return the site of a build, or of none, in which every name is taken: for an app's tests."""
    try:
        site = load_site(project, env=env)
    except AssetbuildError as failure:
        if any(one.code != "serve/no-manifest" for one in failure.diagnostics):
            raise
        config = load_config(project)
        folder = project / config.assets.output
        site = make_site(
            config, Manifest(entries={}), folder=folder, asset_host=env.get(HOST_VARIABLE)
        )
    return replace(site, takes_any=True)


def load_site(project: Path, *, env: Mapping[str, str], fetched: Path | None = None) -> Site:
    """Read configuration and manifests of a built project and return its site."""
    config = load_config(project)
    folder = project / config.assets.output
    path = folder / MANIFEST_NAME
    try:
        data = path.read_bytes()
    except OSError as failure:
        raise lack_manifest("serve/no-manifest", str(path)) from failure
    return make_site(
        config,
        parse_manifest(data, file=str(path)),
        folder=folder.resolve(),
        asset_host=env.get(HOST_VARIABLE),
        previous=read_previous(folder),
        fetched=fetched,
    )
