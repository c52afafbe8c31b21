"""The command group: names of commands, loaded when they are called, and the exit codes.

In: argv. Out: an exit code. Each command lives in its own module, ``assetbuild.cli.<module>``,
as ``command``; it is imported only when it runs, so that ``--help`` stays quick.
"""

from __future__ import annotations

import errno
import gc
import importlib
import sys
from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

from assetbuild import __version__
from assetbuild.cli.context import Session, report_bug, tell_errors
from assetbuild.cli.signals import ended_like_interrupted
from assetbuild.diagnostics import (
    AssetbuildError,
    Diagnostic,
    ExitCode,
    error,
    sort_diagnostics,
)
from assetbuild.reporting import write_output
from assetbuild.suggest import find_nearest
from assetbuild.wrapping import WIDTH, wrap_line

# name -> (module below assetbuild.cli, one line for --help)
COMMANDS: dict[str, tuple[str, str]] = {
    "bucket": ("bucket", "Set up the bucket that assets are published to."),
    "buildpacks": ("buildpacks", "Look at the chain of buildpacks."),
    "cache": ("cache", "Look at the cache of compiled results, and bound it."),
    "check": ("check", "Find names in templates that are not in the manifest."),
    "clean": ("clean", "Remove what builds made."),
    "compile": ("compile", "Build every asset, hash it, write the manifest."),
    "completion": ("completion", "Print the completion script of a shell."),
    "config": ("config", "Show the resolved configuration and where each value came from."),
    "doctor": ("doctor", "Find what commonly goes wrong, and say what to do."),
    "explain": ("explain", "Tell how an output came to be, and why it was made anew."),
    "init": ("init", "Write a small commented assetbuild.toml for what is here."),
    "platform": ("platform", "Answer the platform's buildpack scripts (bin/* call this)."),
    "prune": ("prune", "Delete what no kept release uses from the bucket."),
    "release": ("release", "Publish, then run the app's own release command."),
    "releases": ("releases", "Show the releases that the bucket's ledger knows."),
    "serve": ("serve", "Serve the assets: live, or as an origin in production."),
    "slug": ("slug", "Build a slug on this machine, measure it, pack it."),
    "sprites": ("sprites", "Show sprites: sheets, icons, classes, on a page."),
    "tools": ("tools", "List, fetch and find the compilers that builds use."),
    "unused": ("unused", "Name the outputs that nothing in the app mentions."),
    "upload": ("upload", "Publish the built assets; idempotent."),
    "verify": ("verify", "Fetch the published assets and compare them with the build."),
}


# what a machine may refuse to any program -> what to do about it
_REFUSALS: dict[int, str | None] = {
    errno.EACCES: "look whose it is and what its mode allows: ls -ld",
    errno.EPERM: "look whose it is and what its mode allows: ls -ld",
    errno.EROFS: "it is on a disk that can only be read; name another folder",
    errno.ENOSPC: "free some space: df -h, df -i",
    errno.EDQUOT: "free some of your quota",
    errno.EMFILE: "allow more open files: ulimit -n",
    errno.ENFILE: None,
    errno.EIO: None,
    errno.ENAMETOOLONG: None,
    errno.ENOTDIR: "a file stands where a folder is needed",
    errno.ELOOP: "a symlink leads back to itself",
}


class LazyGroup(click.Group):
    """A group that knows its commands' help lines without importing them."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an error ends in the form the caller asked for."""
        try:
            return super().invoke(ctx)
        except AssetbuildError as failure:
            session = ctx.find_root().obj
            if not isinstance(session, Session):
                raise
            for item in sort_diagnostics(failure.diagnostics):
                session.reporter.diagnostic(item)
            session.reporter.result(None)
            ctx.exit(failure.exit_code)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a misspelt one meets the nearest that there is."""
        name = args[0]
        near = None if name in COMMANDS or name.startswith("-") else find_nearest(name, COMMANDS)
        if near is not None:
            ctx.fail(f"No such command '{name}'. Did you mean '{near}'?")
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"assetbuild.cli.{COMMANDS[cmd_name][0]}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        # click's own would import every command for its help line, at each press of Tab
        named = [
            CompletionItem(name, help=COMMANDS[name][1])
            for name in self.list_commands(ctx)
            if name.startswith(incomplete)
        ]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, COMMANDS[name][1]) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="Run 'assetbuild COMMAND --help' for worked examples of a command.",
)
@click.version_option(__version__, prog_name="assetbuild")
def group() -> None:
    """Build, publish and serve the assets of a web app: every language, hashed, one manifest."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code (docs/reference/cli.md)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        with ended_like_interrupted():
            result = group.main(arguments, prog_name="assetbuild", standalone_mode=False)
        return int(result) if isinstance(result, int) else ExitCode.DONE
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("interrupted\n")
        return ExitCode.INTERRUPTED
    except click.ClickException as failure:
        _show_usage(failure)
        return ExitCode.USAGE
    except AssetbuildError as failure:
        tell_errors(failure.diagnostics)
        return failure.exit_code
    except OSError as failure:
        if isinstance(failure.__context__, KeyboardInterrupt):
            return ExitCode.INTERRUPTED  # its terminal is gone: click could not even tell that
        if failure.errno not in _REFUSALS:
            sys.stderr.write(report_bug(failure, arguments))
            return ExitCode.BUG
        tell_errors([tell_refusal(failure)])
        return ExitCode.FIXABLE
    except Exception as failure:
        sys.stderr.write(report_bug(failure, arguments))
        return ExitCode.BUG
    finally:
        if argv is None:
            # the process ends: the interpreter's last search for cycles would visit each value of
            # a build, which takes a twelfth of one with one changed file
            gc.freeze()


def tell_refusal(failure: OSError) -> Diagnostic:
    """Return the error for what the system did not allow, or had no room for."""
    where = f' at "{failure.filename}"' if failure.filename else ""
    return error(
        "system/refused",
        f"the system refused to go on{where}: {failure.strerror}",
        hint=_REFUSALS.get(failure.errno or 0),
    )


def _show_usage(failure: click.ClickException) -> None:
    """Tell what is wrong with the command line, as click does but within 80 columns."""
    lines: list[str] = []
    if isinstance(failure, click.UsageError) and failure.ctx is not None:
        lines = [failure.ctx.get_usage(), f"Try '{failure.ctx.command_path} --help' for help.", ""]
    lines += wrap_line(f"Error: {failure.format_message()}", width=WIDTH, rest="  ")
    write_output("\n".join(lines), sys.stderr)
