"""``manage.py collectstatic`` that leaves out what the build reads from its own folder.

With STATIC_ROOT among ``[assets] roots`` it is there for the files of other apps. A copy of a
project's own file in it would be a second source of the same name: old after the next edit, and
built for ever after the file was deleted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.management.commands.collectstatic import (
    Command as StaticfilesCommand,
)

from assetbuild.integrations.django.collected import name_collected
from assetbuild.integrations.django.options import collects_into_roots, project_folder
from assetbuild.serve.site import read_roots

_SHOWN = 3  # names of left files that a warning tells


class Command(StaticfilesCommand):
    """collectstatic for a STATIC_ROOT that is a source of the build."""

    def collect(self) -> dict[str, list[str]]:
        project = project_folder()
        self._roots: tuple[Path, ...] = ()  # source roots, where STATIC_ROOT is one of them
        if not (self.is_local_storage() and collects_into_roots(project)):
            return super().collect()
        target = Path(settings.STATIC_ROOT).resolve()
        self._roots = tuple(one for one in read_roots(project) if one != target)
        if not self.dry_run:
            # a root has to be there, also where no app brings a file
            target.mkdir(parents=True, exist_ok=True)
        collected = super().collect()
        self._tell_left(target)
        return collected

    def delete_file(self, path: str, prefixed_path: str, source_storage: Any) -> bool:
        """Tell whether a file is to be copied; a copy of one's own that is there is removed."""
        if not self._is_source(Path(source_storage.path(path)).resolve(), prefixed_path):
            return bool(super().delete_file(path, prefixed_path, source_storage))
        self.log(f"Skipping '{prefixed_path}' (built from where it lies)")
        if not self.dry_run and self.storage.exists(prefixed_path):
            self.storage.delete(prefixed_path)
        return False

    def _is_source(self, file: Path, name: str) -> bool:
        """Tell whether the build reads the file itself, under the name that it has here."""
        return any(file == one / name for one in self._roots)

    def _tell_left(self, target: Path) -> None:
        """Name files that no app brings any more: the build goes on to take them."""
        known = {
            name_collected(name, storage)
            for finder in get_finders()
            for name, storage in finder.list([])
        }
        files = (one for one in target.rglob("*") if one.is_file())
        left = sorted({one.relative_to(target).as_posix() for one in files} - known)
        if left:
            more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
            self.stderr.write(
                f"Still built from {target}, though no app brings them any more: "
                f"{', '.join(left[:_SHOWN])}{more}. "
                "Collect anew: python manage.py collectstatic --clear --noinput",
                self.style.WARNING,
            )
