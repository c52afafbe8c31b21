"""Ask git for what a revision is now, and for the tree of one commit.

In: a URL, a revision, an environment. Out: full shas; a folder without ``.git``, with submodules.
Errors: Exhausted (attempts.py) when the network or the server fails; NoRevision; Gone.
Refuses to know: stores, locks, archives. Source: gitremote-helpers(7), git-fetch(1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from assetbuild.buildpacks.attempts import Exhausted, Hopeless, Patience, Spoilt, try_often
from assetbuild.buildpacks.refs import is_sha
from assetbuild.process import Command, Completed, run
from assetbuild.redact import redact_urls
from assetbuild.suggest import find_nearest
from assetbuild.trees import remove_tree

# what git says when another try cannot help
# (as text: compiled at the first failure, which most builds never meet)
_HOPELESS = (
    r"not found|does not exist|doesn't exist|not appear to be a git repository|"
    r"Authentication failed|could not read (Username|Password)|Permission denied|"
    r"access denied|returned error: 4(0[0-7]|1\d)|not a git repository|Host key verification|"
    r"not our ref|couldn't find remote ref|unadvertised object|no such ref|protocol .* not|"
    r"does not support shallow"
)
# what a server says that does not give out one commit by its name
_NO_SHALLOW = r"not our ref|unadvertised object|couldn't find remote ref|does not support shallow"
# what git clone says where a plain clone of a tip cannot be had
_NO_TIP = r"Remote branch .* not found in upstream|does not support shallow"
# of GIT_*, what says how to reach a server; the rest would point git at another repository
_KEPT = ("GIT_SSH", "GIT_SSL_", "GIT_CONFIG_", "GIT_ASKPASS", "GIT_PROXY", "GIT_ALLOW_PROTOCOL")
_SETTINGS = tuple(
    word
    for setting in (
        "core.hooksPath=/dev/null",
        "advice.detachedHead=false",
        "core.autocrlf=false",
        # a scratch repository: what counts is checked by its digest and kept elsewhere
        "core.fsync=none",
        "gc.auto=0",
        "maintenance.auto=false",
    )
    for word in ("-c", setting)
)
_ADVICE = ("Please make sure", "and the repository exists")
_SAYS_NOTHING = "Could not read from remote repository."  # the reason stands before it
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")


class NoRevision(Exception):
    """The repository answers, and has no such branch, tag or commit."""


class Gone(Exception):
    """The commit is not in the history of any branch or tag of the repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """A branch or tag with its files."""

    commit: str  # full sha
    tree: Path  # folder with the files, submodules filled in, without ``.git``


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """How to call git."""

    host: Mapping[str, str]  # environment: PATH, HOME, proxies, certificates
    patience: Patience  # how often and how long

    def list_tips(self, url: str) -> dict[str, str]:
        """Return ref -> sha of a repository; a peeled tag (``^{}``) stands for its commit."""
        done = self._network(("ls-remote", "--", url), Path("/"), what="git ls-remote")
        tips: dict[str, str] = {}
        for line in done.stdout.decode("utf-8", "replace").splitlines():
            sha, _, ref = line.partition("\t")
            tips[ref.removesuffix("^{}")] = sha
        return tips

    def resolve(self, url: str, revision: str | None, scratch: Path) -> str:
        """Return the full sha of a branch, tag, or full or short sha, as it is now.

        As git clone does, a branch comes before a tag of the same name.
        """
        if revision is not None and is_sha(revision) and len(revision) >= 40:
            return revision
        tips = self.list_tips(url)
        sha = find_tip(tips, revision)
        if sha is not None:
            return sha
        if revision is None:
            raise NoRevision("the repository is empty")
        if not is_sha(revision.casefold()):
            raise NoRevision("it has no such branch or tag" + _tell_nearest(revision, tips))
        # a server knows no short names (git fetch takes full ones); the history does
        repo = self.fetch_history(url, scratch)
        done = self._local(("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"), repo)
        if done.exit_code != 0:
            said = done.stderr.decode("utf-8", "replace")
            if "ambiguous" in said:
                raise NoRevision("more than one commit begins so; write more digits")
            raise NoRevision("no branch, tag or commit in its history begins so")
        return done.stdout.decode("ascii").strip()

    def fetch_history(self, url: str, scratch: Path) -> Path:
        """Fetch the commits of all branches and tags, without their files where that can be."""
        repo = scratch / "history"
        if not (repo / "HEAD").is_file():
            repo.mkdir(parents=True)
            self._must(("init", "--quiet", "--bare", "."), repo)
            every = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
            # tree:0 asks for commits alone; a server that does not know it sends all
            self._network(
                ("fetch", "--quiet", "--filter=tree:0", "--no-tags", "--", url, *every),
                repo,
                what="git fetch of the history",
            )
        return repo

    def check_history(self, url: str, sha: str, scratch: Path) -> None:
        """Raise Gone unless a branch or tag of the repository leads to the commit.

        A server may still give out a commit that was pushed away, or that lies in a stranger's
        fork of the repository: that it can be fetched says nothing.
        """
        if sha in self.list_tips(url).values():
            return
        repo = self.fetch_history(url, scratch)
        found = self._local(("for-each-ref", "--count=1", "--contains", sha), repo)
        if found.exit_code != 0 or not found.stdout.strip():
            raise Gone("no branch or tag of the repository leads to this commit any more")

    def clone_tip(self, url: str, revision: str | None, scratch: Path) -> Tip | None:
        """Return what a branch or tag is now, by one connection and one call of git.

        None where that cannot be: no branch or tag has this name (a short sha, an empty
        repository), or the server gives out whole histories alone. resolve() and fetch_tree() tell.
        """
        tree = scratch / "tip"
        named = () if revision is None else ("--branch", revision)
        try:
            self._network(
                (
                    # no template: its hooks and examples are copied for nothing
                    *("clone", "--quiet", "--depth", "1", "--no-tags", "--template="),
                    *("--origin", "origin", *named, "--", url, str(tree)),
                ),
                scratch,
                what="git clone",
                # a try that was killed leaves its folder, and the next one would refuse it
                prepare=lambda: remove_tree(tree),
            )
        except Exhausted as failure:
            if re.search(_NO_TIP, str(failure)):
                return None
            raise
        commit = read_head(tree / ".git")
        if commit is None:
            done = self._local(("rev-parse", "--verify", "--quiet", "HEAD"), tree)
            if done.exit_code != 0:
                return None
            commit = done.stdout.decode("ascii").strip()
        self._finish(url, tree)
        return Tip(commit=commit, tree=tree)

    def fetch_tree(self, url: str, sha: str, scratch: Path) -> Path:
        """Return a folder with the files of one commit, submodules filled in, without ``.git``."""
        tree = scratch / "tree"
        tree.mkdir()
        self._must(("init", "--quiet", "."), tree)
        try:
            self._network(
                ("fetch", "--quiet", "--depth", "1", "--no-tags", "--", url, sha),
                tree,
                what="git fetch",
            )
        except Exhausted as failure:
            if not re.search(_NO_SHALLOW, str(failure)):
                raise
            self._fetch_all(url, sha, tree)
        self._must(("checkout", "--quiet", "--detach", sha), tree)
        self._finish(url, tree)
        return tree

    def _finish(self, url: str, tree: Path) -> None:
        if (tree / ".gitmodules").is_file():
            self._fill_submodules(url, tree)
            for inner in sorted(tree.rglob(".git")):
                remove_tree(inner)
        remove_tree(tree / ".git")

    def _fetch_all(self, url: str, sha: str, tree: Path) -> None:
        # a server that gives out tips alone: take everything and look whether it is in there
        every = ("+refs/heads/*:refs/remotes/o/*", "+refs/tags/*:refs/tags/*")
        self._network(("fetch", "--quiet", "--", url, *every), tree, what="git fetch of everything")
        if self._local(("cat-file", "-e", f"{sha}^{{commit}}"), tree).exit_code != 0:
            raise NoRevision("the repository does not have this commit")

    def _fill_submodules(self, url: str, tree: Path) -> None:
        # a relative submodule URL starts here
        self._must(("config", "remote.origin.url", url), tree)
        # git forbids file:// in submodules; a pack that is itself a local one may have them
        allow = ("-c", "protocol.file.allow=always") if url.startswith("file:") else ()
        update = (*allow, "submodule", "--quiet", "update", "--init", "--recursive")
        try:
            self._network((*update, "--depth", "1"), tree, what="git submodule update")
        except Exhausted:
            # a pinned commit that is no tip cannot be had shallow from every server
            self._network(update, tree, what="git submodule update")

    def _network(
        self,
        arguments: tuple[str, ...],
        cwd: Path,
        *,
        what: str,
        prepare: Callable[[], None] | None = None,
    ) -> Completed:
        def once() -> Completed:
            if prepare is not None:
                prepare()
            done = self._run(arguments, cwd, timeout_s=self.patience.timeout_s)
            if done.exit_code == 0:
                return done
            if done.is_missing:
                raise Hopeless("there is no git on PATH")
            if done.is_timed_out:
                raise Spoilt(f"no end after {self.patience.timeout_s:g} s")
            said = _last_words(done)
            raise (Hopeless if re.search(_HOPELESS, done.tail(30), re.IGNORECASE) else Spoilt)(said)

        return try_often(once, what=what, patience=self.patience)

    def _must(self, arguments: tuple[str, ...], cwd: Path) -> None:
        done = self._local(arguments, cwd)
        if done.exit_code != 0:
            why = "there is no git on PATH" if done.is_missing else _last_words(done)
            raise Exhausted(f"git {arguments[0]}: {why}")

    def _local(self, arguments: tuple[str, ...], cwd: Path) -> Completed:
        return self._run(arguments, cwd, timeout_s=None)

    def _run(self, arguments: tuple[str, ...], cwd: Path, *, timeout_s: float | None) -> Completed:
        return run(
            Command(
                argv=("git", *_SETTINGS, *arguments),
                cwd=cwd,
                env=git_environ(self.host),
                timeout_s=timeout_s,
            )
        )


def git_environ(host: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which git asks nobody and looks at no other repository."""
    env = {
        name: value
        for name, value in host.items()
        if not name.startswith("GIT_") or name.startswith(_KEPT)
    }
    env.setdefault("PATH", "/usr/local/bin:/usr/bin:/bin")
    env.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")
    # English, because failures are told apart by their words
    return {**env, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_LFS_SKIP_SMUDGE": "1"}


def read_head(folder: Path) -> str | None:
    """Return the commit that a ``.git`` folder's HEAD leads to, or None where files do not tell.

    Source: gitrepository-layout(5). A repository with reftables does not tell; ask git then.
    """
    try:
        text = (folder / "HEAD").read_text("ascii").strip()
        if text.startswith("ref: "):
            text = (folder / text.removeprefix("ref: ")).read_text("ascii").strip()
    except (OSError, ValueError):
        return None
    return text if _SHA.match(text) else None


def find_tip(tips: Mapping[str, str], revision: str | None) -> str | None:
    """Return the sha of a branch or tag among the tips of a repository, or of a tip's short sha."""
    if revision is None:
        return tips.get("HEAD")
    for ref in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
        if ref in tips:
            return tips[ref]
    if is_sha(revision):
        found = {sha for sha in tips.values() if sha.startswith(revision)}
        if len(found) == 1:
            return found.pop()
    return None


def _tell_nearest(revision: str, tips: Mapping[str, str]) -> str:
    names = [ref.split("/", 2)[2] for ref in tips if ref.startswith(("refs/heads/", "refs/tags/"))]
    nearest = find_nearest(revision, names)
    return "" if nearest is None else f'; did you mean "{nearest}"'


def _last_words(done: Completed) -> str:
    lines = [
        line.removeprefix("fatal: ").removeprefix("remote: ").strip()
        for line in done.tail(30).splitlines()
        if not line.startswith(_ADVICE)
    ]
    said = [line for line in lines if line and line != _SAYS_NOTHING] or [_SAYS_NOTHING]
    return redact_urls(said[-1] if done.tail() else f"exit code {done.exit_code}")
