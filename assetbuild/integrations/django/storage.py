"""The STORAGES backend: ``{% static %}`` and collectstatic with assetbuild's names.

In: names of static files. Out: hashed URLs of the manifest.
"""

from __future__ import annotations

from django.contrib.staticfiles.storage import StaticFilesStorage

from assetbuild.diagnostics import AssetbuildError
from assetbuild.integrations.django.apps import get_assets
from assetbuild.integrations.django.options import is_strict


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
            hints = "; ".join(one.hint for one in failure.diagnostics if one.hint)
            raise ValueError(f"{failure} ({hints})") from failure
