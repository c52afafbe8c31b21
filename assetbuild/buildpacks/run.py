"""Run one script of a pack: argv, folder, environment, output and limit.

All as docs/explanation/packs.md says.

In: a pack, a Workplace, the chain's environment. Out: what the script said and how it ended.
Refuses to know: what comes before and after it, and what its failure means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assetbuild.buildpacks.chain import ChainPack, limit_time
from assetbuild.buildpacks.environment import Machine, allow_names
from assetbuild.buildpacks.exports import EVALUATE, diff_export, parse_env0, removed_kept
from assetbuild.buildpacks.sandbox import Sandbox
from assetbuild.diagnostics import AssetbuildError, Diagnostic, error, warning
from assetbuild.environ import EnvPatch, is_variable_name
from assetbuild.files import atomic_write
from assetbuild.process import Command
from assetbuild.streams import Streamed, stream
from assetbuild.trees import make_executable, remove_tree

# descriptor 3 is the platform's log of a pack's own notes (BUILDPACK_LOG_FILE=/dev/fd/3)
_SCRIPT = 'log=$1; shift; exec 3>>"$log"; exec "$@"'
# what a script prints for us goes to a file: neither its size nor a daemon that holds it can hurt
_ANSWER = 'log=$1; answer=$2; shift 2; exec 3>>"$log" >"$answer"; exec "$@"'
_ANSWER_BYTES = 4_194_304  # read of an answer; an environment is at most half of it
_SHORT_S = 60.0  # limit of scripts that only answer: detect, release, report, export


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """Where a chain works, and what all its scripts share."""

    build_dir: Path  # the folder that is built
    seen_dir: str  # the same folder as scripts see it: "/app" in a sandbox
    cache_dir: Path  # the platform's CACHE_DIR
    work_dir: Path  # private to this run, outside of build_dir (rule 5)
    machine: Machine  # stack, HOME and the like
    base_env: Mapping[str, str]  # environment of the first pack
    config_vars: Mapping[str, str]  # the app's config vars
    left_s: Callable[[], float | None]  # seconds left of the build's limit
    sandbox: Sandbox | None = None  # private /tmp and /app, where there is one

    def folder_of(self, pack: ChainPack) -> Path:
        """Return the folder that a pack works on."""
        return self.build_dir / pack.dir if pack.dir else self.build_dir

    def seen_folder_of(self, pack: ChainPack) -> str:
        """Return the same, as the pack's scripts see it."""
        return f"{self.seen_dir}/{pack.dir}" if pack.dir else self.seen_dir

    def wrap(self, argv: tuple[str, ...], *, cwd: str) -> tuple[str, ...]:
        """Return the argv to start for ``argv``."""
        return argv if self.sandbox is None else self.sandbox.wrap(argv, cwd=cwd)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a script printed on stdout, and how it ended."""

    data: bytes  # the first megabytes of stdout
    done: Streamed  # its stderr is the tail


def prepare_pack(pack: ChainPack) -> tuple[Diagnostic, ...]:
    """Make the scripts executable (rule 3) and return what the pack lacks."""
    make_executable(pack.root / "bin")
    return tuple(
        error(
            "pack/no-script",
            f'pack "{pack.label}" has no bin/{name}',
            hint="is this the URL of a buildpack? The scripts lie in bin/ at its root",
        )
        for name in ("detect", "compile")
        if not (pack.root / "bin" / name).is_file()
    )


def has_script(pack: ChainPack, name: str) -> bool:
    """Tell whether a pack has an optional script."""
    return (pack.root / "bin" / name).is_file()


def write_env_dir(pack: ChainPack, place: Workplace) -> Path:
    """Write the ENV_DIR of one pack anew: one file a config var it may see, no newline added."""
    folder = place.work_dir / "env"
    remove_tree(folder)
    folder.mkdir(mode=0o700)
    for name, value in allow_names(place.config_vars, pack.env).items():
        atomic_write(folder / name, value.encode("utf-8", "surrogateescape"), mode=0o600)
    return folder


def run_script(
    pack: ChainPack,
    place: Workplace,
    name: str,
    arguments: tuple[str, ...],
    *,
    env: Mapping[str, str],
    on_line: Callable[[str], None],
) -> Streamed:
    """Run a script whose output is for people, live; what it leaves running is ended."""
    start = ("/bin/sh", "-c", _SCRIPT, "sh", str(place.work_dir / "packs.log"))
    argv = carry_odd((f"{pack.root}/bin/{name}", *arguments), env)
    return stream(
        Command(
            argv=place.wrap((*start, *argv), cwd=str(pack.root)),
            cwd=pack.root,
            env=env,
            timeout_s=limit_time(pack, left_s=place.left_s()),
        ),
        on_line=on_line,
        ends_strays=True,
    )


def carry_odd(argv: tuple[str, ...], env: Mapping[str, str]) -> tuple[str, ...]:
    """Return the argv that gives a program also what the shell before it drops.

    dash keeps no variable whose name is none of its own: bash exports its functions by such names.
    """
    odd = [f"{name}={value}" for name, value in sorted(env.items()) if not is_variable_name(name)]
    return ("/usr/bin/env", "--", *odd, *argv) if odd else argv


def ask_script(
    pack: ChainPack,
    place: Workplace,
    name: str,
    arguments: tuple[str, ...],
    *,
    env: Mapping[str, str],
) -> Answer:
    """Run a script whose stdout is for us: detect, release, report. Its stderr is kept, not shown."""
    return _ask((f"{pack.root}/bin/{name}", *arguments), pack, place, env=env)


def _ask(
    argv: tuple[str, ...], pack: ChainPack, place: Workplace, *, env: Mapping[str, str]
) -> Answer:
    path = place.work_dir / "answer"
    start = ("/bin/sh", "-c", _ANSWER, "sh", str(place.work_dir / "packs.log"), str(path))
    limit = limit_time(pack, left_s=place.left_s())
    done = stream(
        Command(
            argv=place.wrap((*start, *carry_odd(argv, env)), cwd=str(pack.root)),
            cwd=pack.root,
            env=env,
            timeout_s=_SHORT_S if limit is None else min(limit, _SHORT_S),
        ),
        on_line=_ignore,
        ends_strays=True,
    )
    data = b""
    if path.is_file():
        with path.open("rb") as file:
            data = file.read(_ANSWER_BYTES)
        remove_tree(path)
    return Answer(data=data, done=done)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What a pack's ``export`` did."""

    env: EnvPatch = field(default_factory=EnvPatch)  # what it changes for later packs
    warnings: tuple[Diagnostic, ...] = ()  # what it removed and is kept
    strays: tuple[str, ...] = ()  # names of processes it left running, ended


def evaluate_export(pack: ChainPack, place: Workplace, *, env: Mapping[str, str]) -> Exported:
    """Return what the pack's ``export`` changes for later packs (rule 9).

    Errors: ``pack/export-failed`` when it is no bash, leaves the shell or does not end.
    """
    file = pack.root / "export"
    if not file.is_file():
        return Exported()
    # of a pack that works in a folder of the app, $HOME is that folder: see relocate_profile
    inside = {**env, "HOME": f"{env['HOME']}/{pack.dir}"} if pack.dir else env

    def bash(*arguments: str) -> Answer:
        return _ask(("/bin/bash", "--noprofile", "--norc", *arguments), pack, place, env=inside)

    answer = bash("-c", EVALUATE, str(file))
    done = answer.done
    checked = done if done.exit_code == 0 or done.is_timed_out else bash("-n", str(file)).done
    if not answer.data or checked.exit_code != 0:
        said = next(iter((checked if checked.exit_code else done).tail), "it exits")
        if done.is_timed_out:
            said = f"it was ended after {done.seconds:.0f} s"
        raise AssetbuildError(
            error(
                "pack/export-failed",
                f'pack "{pack.label}": its export file cannot be read by bash: {said}',
                hint="later packs would miss what it exports; mend the pack, or leave it out",
            )
        )
    after = parse_env0(answer.data)
    if pack.dir and after.get("HOME") == inside["HOME"]:
        after["HOME"] = env["HOME"]
    lost = removed_kept(env, after)
    after |= {name: env[name] for name in lost}
    warnings = tuple(
        warning(
            "pack/export-unsets",
            f'pack "{pack.label}": its export removes {name}, which is kept as it was',
        )
        for name in lost
    )
    return Exported(env=diff_export(env, after), warnings=warnings, strays=done.strays)


def _ignore(_line: str) -> None:
    return
