"""JavaScript that browsers read as it is."""

from __future__ import annotations

from assetbuild.assets.languages.plain import PlainLanguage

JAVASCRIPT = PlainLanguage("js", (".js", ".mjs", ".cjs"))
