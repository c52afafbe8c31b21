"""``assetbuild bucket setup``: CORS, an end for unfinished uploads, the smallest policy."""

from __future__ import annotations

from xml.dom import minidom

import click

from assetbuild.cli.context import Session, with_session
from assetbuild.jobs.bucket import set_up_bucket
from assetbuild.jobs.publish import open_place
from assetbuild.reporting import write_output


@click.group(
    epilog="""\b
Examples:
  assetbuild bucket setup            print what the bucket needs
  assetbuild bucket setup --apply    put the CORS and lifecycle rules
"""
)
def command() -> None:
    """Set up the bucket that assets are published to."""


@command.command(
    name="setup",
    epilog="""\b
Examples:
  assetbuild bucket setup            print the IAM policy and the rules
  assetbuild bucket setup --apply    put the rules; others' rules stay
  assetbuild bucket setup --with-prune   a policy for a key that also prunes
""",
)
@click.option("--apply", "is_applied", is_flag=True, help="Put the rules into the bucket.")
@click.option("--with-prune", is_flag=True, help="Let the policy allow `assetbuild prune`.")
@with_session
def setup(
    *,
    session: Session,
    is_applied: bool,
    with_prune: bool,
) -> None:
    """Print the smallest IAM policy, and print or put the bucket's rules.

    CORS, which fonts need, and a lifecycle rule that ends after a week what a killed upload
    of a large file left unfinished.
    """
    place = open_place(session.project, session.env, session.reporter, doing="Setting up")
    done = set_up_bucket(place, is_applied=is_applied, with_prune=with_prune)
    if session.is_json:
        session.reporter.result(
            {
                "policy": done.policy,
                "cors": done.cors,
                "lifecycle": done.lifecycle,
                "applied": done.is_applied,
            }
        )
        return
    write_output(done.policy)
    rules = (("CORS rules", done.cors), ("lifecycle rule", done.lifecycle))
    for what, document in rules:
        if document is None:
            session.reporter.detail(f"{what}: nothing to put")
        elif is_applied:
            session.reporter.detail(f"{what} put")
        else:
            write_output(_indent(document))


def _indent(xml: str) -> str:
    """Return a document with a line for each element, to be read and pasted."""
    root = minidom.parseString(xml).documentElement
    assert root is not None
    return root.toprettyxml(indent="  ")
