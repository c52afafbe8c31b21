"""The STORAGES backend: ``{% static %}`` and collectstatic with assetbuild's names.

In: names of static files. Out: hashed URLs of the manifest.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from django.contrib.staticfiles.storage import StaticFilesStorage

from assetbuild.diagnostics import AssetbuildError
from assetbuild.integrations.django.apps import get_assets
from assetbuild.integrations.django.options import (
    collects_into_roots,
    is_strict,
    project_folder,
)
from assetbuild.paths import try_logical
from assetbuild.serve.site import load_site


class AssetbuildStorage(StaticFilesStorage):
    """Names come from the manifest; collectstatic copies as ever (for apps' own static files)."""

    def url(self, name: str | None) -> str:
        """Return the hashed URL.

        What the manifest does not hold is an error, as with ManifestStaticFilesStorage, unless
        ``DEBUG`` is on, ``ASSETBUILD["STRICT"]`` is off, or the name is a folder: then the plain
        URL, which ``runserver`` serves from the apps' own folders.
        """
        if not name or name.endswith("/"):
            return super().url(name)
        try:
            return get_assets().url(name)
        except AssetbuildError as failure:
            codes = {one.code for one in failure.diagnostics}
            if codes == {"serve/unknown-asset"} and not is_strict():
                return super().url(name)
            if codes == {"serve/no-manifest"} and not is_strict():
                return super().url(name)
            raise ValueError(str(failure)) from failure

    def post_process(
        self, paths: Mapping[str, object], dry_run: bool = False, **_: object
    ) -> Iterator[tuple[str, str | None, bool]]:
        """Build after collectstatic has copied, where STATIC_ROOT is one of ``[assets] roots``.

        So the deploy command of users of ManifestStaticFilesStorage stays as it is.
        """
        project = project_folder()
        if dry_run or not collects_into_roots(project):
            return
        from assetbuild.jobs.serve import build_once  # the compilers: only where they build

        build_once(project, env=dict(os.environ))
        site = load_site(project, env={})
        for name in paths:
            logical = try_logical(name)
            entry = site.manifest.entries.get(logical) if logical is not None else None
            if entry is not None:
                yield name, entry.hashed, True
