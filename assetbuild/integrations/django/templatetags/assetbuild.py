"""``{% load assetbuild %}``: asset, asset_url, picture, srcset and importmap.

{% asset "js/app.js" integrity preload type="module" %}
{% asset_url "img/logo.png" %}
{% picture "img/hero.jpg" sizes="100vw" alt="The harbour" %}
{% srcset "img/hero.jpg" type="image/avif" %}
{% importmap "app" nonce=csp_nonce %}
"""

from __future__ import annotations

from typing import Any

from django import template
from django.template.base import FilterExpression, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe

from assetbuild.integrations.django.apps import get_assets

register = template.Library()

_FLAGS = ("integrity", "preload")


class AssetNode(template.Node):
    """One ``{% asset %}``."""

    def __init__(
        self, name: FilterExpression, flags: frozenset[str], values: dict[str, FilterExpression]
    ) -> None:
        self._name = name
        self._flags = flags
        self._values = values

    def render(self, context: Context) -> SafeString:
        attributes = {name: value.resolve(context) for name, value in self._values.items()}
        tag = get_assets().tag(
            str(self._name.resolve(context)),
            integrity="integrity" in self._flags,
            preload="preload" in self._flags,
            **attributes,
        )
        return mark_safe(tag)


@register.tag
def asset(parser: Parser, token: Token) -> AssetNode:
    """Parse ``{% asset name [integrity] [preload] [attribute=value …] %}``."""
    tag, *bits = token.split_contents()
    if not bits:
        raise template.TemplateSyntaxError(f"{{% {tag} %}} needs the name of an asset")
    flags: set[str] = set()
    values: dict[str, FilterExpression] = {}
    for bit in bits[1:]:
        key, equals, value = bit.partition("=")
        if equals and value and key != "name":
            values[key] = parser.compile_filter(value)
        elif bit in _FLAGS:
            flags.add(bit)
        else:
            raise template.TemplateSyntaxError(
                f'{{% {tag} %}} does not know "{bit}": write integrity, preload or attribute=value'
            )
    return AssetNode(parser.compile_filter(bits[0]), frozenset(flags), values)


@register.simple_tag
def asset_url(name: str) -> str:
    """Return the hashed URL of an asset."""
    return get_assets().url(name)


@register.simple_tag
def picture(name: str, sizes: str | None = None, **attributes: Any) -> SafeString:
    """Return the picture element with every format and width of a picture."""
    return mark_safe(get_assets().picture(name, sizes=sizes, **attributes))


@register.simple_tag
def srcset(name: str, type: str | None = None) -> str:
    """Return the widths of a picture as the value of srcset."""
    return get_assets().srcset(name, type=type)


@register.simple_tag
def importmap(*preload: str, nonce: Any = None) -> SafeString:
    """Return the import map; the named modules are preloaded."""
    text = get_assets().importmap(preload=preload, nonce=str(nonce) if nonce else None)
    return mark_safe(text)
