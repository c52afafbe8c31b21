"""``assetbuild completion SHELL``: the script that completes commands, options and values."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from assetbuild.reporting import write_output

SHELLS = ("bash", "zsh", "fish")
# the script calls `assetbuild` with this set to learn what may follow; click reads it
_VARIABLE = "_ASSETBUILD_COMPLETE"


@click.command(
    epilog="""\b
Examples:
  eval "$(assetbuild completion bash)"
  echo 'eval "$(assetbuild completion bash)"' >> ~/.bashrc
  assetbuild completion zsh > ~/.zfunc/_assetbuild
  assetbuild completion fish > ~/.config/fish/completions/assetbuild.fish

\b
zsh looks into ~/.zfunc when ~/.zshrc has, before compinit:
  fpath+=~/.zfunc
"""
)
@click.argument("shell", type=click.Choice(SHELLS))
def command(*, shell: str) -> None:
    """Print the completion script of a shell."""
    made = get_completion_class(shell)
    assert made is not None
    root = click.get_current_context().find_root().command
    write_output(made(root, {}, "assetbuild", _VARIABLE).source())
