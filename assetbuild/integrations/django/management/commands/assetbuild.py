"""``manage.py assetbuild``: collect the other apps' static files, then ``assetbuild compile``.

In: the options of that command, by their own names. Out: what it writes, tells and exits with.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

import click
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from assetbuild.diagnostics import ExitCode
from assetbuild.integrations.django.options import collects_into_roots, project_folder

# Django's own options, or the settings', say these
_NOT_TAKEN = frozenset({"project", "verbose"})


class Command(BaseCommand):
    """Build as ``assetbuild compile`` does."""

    help = (
        "Build the assets, with the options of assetbuild compile; "
        "with STATIC_ROOT among [assets] roots, collect static files first."
    )
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own form; E001 is what this mends

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--no-collect", action="store_true", help="Do not run collectstatic before."
        )
        for one in _list_options():
            more: dict[str, Any] = {"action": "store_true"} if one.is_flag else {}
            if isinstance(one.type, click.Choice):
                more["choices"] = tuple(one.type.choices)
            parser.add_argument(*one.opts, dest=one.name, help=one.help, **more)

    def handle(self, *_: Any, **options: Any) -> None:
        from assetbuild.cli.main import main  # the compilers: only where they build

        if collects_into_roots(project_folder()) and not options["no_collect"]:
            call_command("collectstatic", interactive=False, verbosity=0, post_process=False)
        arguments = ["compile", "--project", str(project_folder())]
        if options["verbosity"] != 1:
            arguments.append("--verbose" if options["verbosity"] > 1 else "--quiet")
        for one in _list_options():
            value = options[one.name or ""]
            if value:
                arguments += one.opts[-1:] if one.is_flag else [one.opts[-1], str(value)]
        code = main(arguments)
        if code == ExitCode.INTERRUPTED:
            sys.exit(code)
        if code != 0:
            # told already, as the command itself tells it
            raise CommandError("the assets were not built", returncode=code)


def _list_options() -> Iterator[click.Option]:
    from assetbuild.cli.compile import command

    for one in command.params:
        if isinstance(one, click.Option) and one.name not in _NOT_TAKEN:
            yield one
