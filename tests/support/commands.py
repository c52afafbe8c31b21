"""The tree of commands, as click knows it."""

from __future__ import annotations

import click

from assetbuild.cli.main import group


def walk_commands() -> dict[str, click.Command]:
    """Return every command and group below assetbuild, by its words; sorted."""
    found: dict[str, click.Command] = {}

    def walk(command: click.Command, words: tuple[str, ...]) -> None:
        if words:
            found[" ".join(words)] = command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                assert child is not None
                walk(child, (*words, name))

    walk(group, ())
    return dict(sorted(found.items()))
