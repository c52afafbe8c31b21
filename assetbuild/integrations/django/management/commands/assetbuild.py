"""``manage.py assetbuild``: collect the apps' static files, then build everything."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from assetbuild.diagnostics import AssetbuildError, render_diagnostic
from assetbuild.integrations.django.options import collects_into_roots, project_folder
from assetbuild.wrapping import WIDTH


class Command(BaseCommand):
    """Build as ``assetbuild compile`` does."""

    help = "Build the assets; with STATIC_ROOT among [assets] roots, collect static files first."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own form; E001 is what this mends

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--profile", help="profile to build with")

    def handle(self, *_: Any, **options: Any) -> None:
        from assetbuild.jobs.serve import build_once

        project, env = project_folder(), dict(os.environ)
        try:
            if collects_into_roots(project):
                call_command("collectstatic", interactive=False, verbosity=0, post_process=False)
            count = build_once(project, env=env, profile=options["profile"])
        except AssetbuildError as failure:
            text = "\n".join(render_diagnostic(one, width=WIDTH) for one in failure.diagnostics)
            raise CommandError(text) from failure
        self.stdout.write(f"{count} assets built")
