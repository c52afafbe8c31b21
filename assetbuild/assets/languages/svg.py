"""SVG."""

from __future__ import annotations

from assetbuild.assets.languages.plain import PlainLanguage

SVG = PlainLanguage("svg", (".svg",))
