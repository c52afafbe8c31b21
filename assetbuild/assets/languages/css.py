"""Plain CSS."""

from __future__ import annotations

from assetbuild.assets.languages.plain import PlainLanguage

CSS = PlainLanguage("css", (".css",), revision=3)
