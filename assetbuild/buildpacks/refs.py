"""What an app writes for one pack, read into a BuildpackRef.

In: text such as ``heroku/python``, ``web=https://host/pack.git#v142``. Out: a BuildpackRef, or a
diagnostic. Refuses to know: the network, disks, which file the text came from.

Forms, as found in public repositories:

- a git URL, over http(s), ssh, git or file, with ``#branch``, ``#tag``, or a full or short sha;
- ``user@host:path``, as ssh and git write it;
- an archive: the path ends in .tgz, .tar.gz, .tar.xz, .tar.bz2, .tar or .zip, with or without a query;
- ``./path`` in the app, or an absolute path;
- ``owner/name``: that repository on SHORTHAND_HOST; ``heroku/name``: the platform's own pack;
- any of them after ``folder=``: the pack works on that folder of the app.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from assetbuild.config.buildpacks import BuildpackConfig
from assetbuild.diagnostics import Diagnostic, Location, error
from assetbuild.paths import try_logical
from assetbuild.redact import redact_urls

Kind = Literal["git", "archive", "path"]

SHORTHAND_HOST = "https://github.com"
# heroku/<name> is a repository called heroku-buildpack-<name>, but for these
_PLATFORM_NAMES = {"jvm": "heroku-buildpack-jvm-common"}
_PLATFORM_PREFIX = "heroku-buildpack-"

# packs that read the same list and run it again: naming one would nest without end
CHAINER_NAMES = frozenset(
    {"assetbuild", "heroku-buildpack-assetbuild", "heroku-buildpack-multi", "buildpack-multi"}
)

_ARCHIVE = re.compile(r"\.(tgz|tar(\.(gz|xz|bz2))?|zip)$", re.IGNORECASE)
_SCHEME = re.compile(r"^(https?|git|ssh|git\+ssh|file)://[^\s]", re.IGNORECASE)
_ANY_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SCP = re.compile(r"^[\w.+-]+@[\w.-]+:(?!//)\S")
_SHORTHAND = re.compile(r"^([A-Za-z0-9][\w-]*)/([\w.-]+)$")
# what a browser shows of a repository: host, owner, name, then a branch or tag
_PAGE = re.compile(r"^(https?://[^/\s]+/[^/\s]+/[^/\s]+)/(?:-/)?tree/([^\s/]+)/?$")
# a folder before "=": no scheme, query, fragment or user in it, or the "=" belongs to a URL
_DIR = re.compile(r"^([^=:?#@\s]+)=(\S+)$")
_WORD = re.compile(r"^[A-Za-z0-9][\w-]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildpackRef:
    """One pack of the list, before it is fetched."""

    url: str  # what is fetched, without revision; may hold secrets: never print it
    revision: str | None  # branch, tag or sha; None: the default branch, or an archive or a path
    kind: Kind  # how it is fetched
    origin: Location  # where it was written; the line in it is redacted
    config: BuildpackConfig  # what the app says of it besides: folder, env, cache

    @property
    def label(self) -> str:
        """Return the URL with its revision and without secrets, for messages."""
        text = self.url if self.revision is None else f"{self.url}#{self.revision}"
        return redact_urls(text)

    @property
    def is_full_sha(self) -> bool:
        return self.revision is not None and is_sha(self.revision) and len(self.revision) >= 40


def is_sha(text: str) -> bool:
    """Tell whether a revision may be a commit's name: 7 to 40, or 64, lower-case hex digits."""
    return re.fullmatch(r"[0-9a-f]{7,40}|[0-9a-f]{64}", text) is not None


def read_ref(text: str, origin: Location) -> BuildpackRef | Diagnostic:
    """Return the ref of ``[folder=]url[#revision]``, or why it is none."""
    folder = None
    matched = _DIR.match(text)
    if matched:
        folder, text = matched.group(1), matched.group(2)
    url, mark, revision = text.partition("#")
    config = BuildpackConfig(url=url, revision=revision if mark and revision else None, dir=folder)
    return read_configured(config, origin)


def read_configured(config: BuildpackConfig, origin: Location) -> BuildpackRef | Diagnostic:
    """Return the ref of a [[buildpack]] table, whose url may carry ``#revision`` too."""
    written, mark, fragment = config.url.strip().partition("#")
    revision = config.revision or (fragment if mark and fragment else None)
    written = written.strip()
    folder = config.dir
    if folder is not None and folder not in (".", "./") and try_logical(folder) is None:
        return error(
            "list/bad-dir",
            f'"{folder}" is not a folder of the app',
            location=origin,
            hint="write a path inside the app, without .. at its start",
        )
    page = _PAGE.match(written)
    if page:
        return error(
            "list/unknown-form",
            f'"{redact_urls(written)}" is a page that shows a repository, not the repository',
            location=origin,
            hint=f"write {redact_urls(page[1])}#{page[2]}",
        )
    url, kind = _classify(written)
    if kind is None:
        return _unknown_form(written, origin)
    if revision is not None and kind != "git":
        return error(
            "list/no-revision",
            f'"{redact_urls(written)}" has no revisions, so "#{revision}" cannot be chosen',
            location=origin,
            hint="name the archive or folder of that revision, or the git URL",
        )
    if revision is not None and (revision.startswith("-") or re.search(r"[\s~^:\\]", revision)):
        return error(
            "list/bad-revision",
            f'"{revision}" is not the name of a branch, tag or commit',
            location=origin,
        )
    if is_chainer(url):
        return error(
            "list/names-itself",
            f'"{redact_urls(written)}" is what runs this list; it would run itself without end',
            location=origin,
            hint="remove the line",
        )
    return BuildpackRef(url=url, revision=revision, kind=kind, origin=origin, config=config)


def is_chainer(url: str) -> bool:
    """Tell whether a URL is that of a pack which reads the list and runs it."""
    name = re.split(r"[/:]", url.rstrip("/"))[-1]
    return name.removesuffix(".git").casefold() in CHAINER_NAMES


def _classify(written: str) -> tuple[str, Kind | None]:
    if written.startswith(("./", "../", "/")) or written in (".", ".."):
        return written, "archive" if _ARCHIVE.search(written) else "path"
    if _SCHEME.match(written):
        path = written.partition("?")[0]
        if _ARCHIVE.search(path):
            return written, "archive"
        return written.rstrip("/"), "git"
    if _SCP.match(written):
        return written.rstrip("/"), "git"
    matched = _SHORTHAND.match(written)
    if matched:
        return expand_shorthand(*matched.groups()), "git"
    return written, None


def expand_shorthand(owner: str, name: str) -> str:
    """Return the git URL of ``owner/name``."""
    if owner == "heroku" and not name.startswith(_PLATFORM_PREFIX):
        name = _PLATFORM_NAMES.get(name, _PLATFORM_PREFIX + name)
    return f"{SHORTHAND_HOST}/{owner}/{name}"


def _unknown_form(written: str, origin: Location) -> Diagnostic:
    hint = "write a git URL, an archive's URL, owner/name, or ./path in the app"
    scheme = _ANY_SCHEME.match(written)
    if scheme:
        hint = f'"{scheme.group(1)}:" cannot be fetched; {hint}'
    elif is_chainer(written):
        hint = "that is what runs this list: remove the line"
    elif _WORD.match(written):
        hint = f"the platform's own pack is written heroku/{written}; a folder ./{written}"
    return error(
        "list/unknown-form",
        f'"{redact_urls(written)}" does not say where a pack is',
        location=origin,
        hint=hint,
    )
