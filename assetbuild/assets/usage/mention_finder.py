"""Names of assets in any file of an app, by its kind.

In: a file's extension and text. Out: mentions in order. Refuses to know: which assets there are.
"""

from __future__ import annotations

from collections.abc import Sequence

from assetbuild.assets.usage.components import ComponentFinder
from assetbuild.assets.usage.files import COMPONENTS, SCRIPTS, AppFile
from assetbuild.assets.usage.mention import Mention
from assetbuild.assets.usage.python_code import find_python_mentions
from assetbuild.assets.usage.scripts import ScriptFinder
from assetbuild.assets.usage.templates import TemplateFinder


class MentionFinder:
    """Finds mentions in the files of one project."""

    def __init__(self, helpers: Sequence[str] = (), *, url_prefix: str = "/") -> None:
        """Take the app's own helpers, and the path below which the assets' URLs lie."""
        self._helpers = tuple(helpers)
        self._templates = TemplateFinder(helpers)
        self._scripts = ScriptFinder(helpers)
        self._components = ComponentFinder(self._scripts, url_prefix)

    def find(self, file: AppFile, text: str) -> tuple[Mention, ...]:
        """Return the mentions of a file."""
        if file.extension == ".py":
            return find_python_mentions(text, self._helpers)
        if file.extension in SCRIPTS:
            return tuple(self._scripts.find(text))
        if file.extension in COMPONENTS:
            return self._components.find(text, file.extension)
        return self._templates.find(text, file.extension)
