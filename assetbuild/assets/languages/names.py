"""Names of outputs, and the check of a language's options.

In: a logical path and its language. Out: the logical path of what it makes.
"""

from __future__ import annotations

from collections.abc import Mapping

from assetbuild.assets.languages.base import Language, LanguageOption
from assetbuild.diagnostics import AssetbuildError, Diagnostic, error
from assetbuild.jsontype import Json
from assetbuild.paths import LogicalPath
from assetbuild.suggest import find_nearest

# as tsc names them, and as imports of them are rewritten
_MODULE_ENDINGS = {".mts": ".mjs", ".cts": ".cjs"}


def name_output(language: Language, logical: LogicalPath) -> LogicalPath:
    """Return the output's logical path: ``a.scss`` -> ``a.css``, ``a.js.coffee`` -> ``a.js``.

    A source that says what kind of module it is keeps saying it: ``a.mts`` -> ``a.mjs``.
    """
    if language.output_extension is None:
        return logical
    ending = match_extension(language, logical)
    if ending is None:
        return logical
    stem = logical[: -len(ending)]
    extension = _MODULE_ENDINGS.get(ending, language.output_extension)
    if stem.lower().endswith(extension):
        return LogicalPath(stem)
    return LogicalPath(stem + extension)


def match_extension(language: Language, logical: str) -> str | None:
    """Return the longest extension of the language that the name ends with, as in the language."""
    name = logical.rpartition("/")[2].lower()
    hits = [one for one in language.extensions if name.endswith(one) and name != one]
    return max(hits, key=len) if hits else None


def option_of(options: Mapping[str, Json], spec: LanguageOption) -> Json:
    """Return an option's value, or its default."""
    return options.get(spec.name, spec.default)


def check_options(language: Language, options: Mapping[str, Json], *, where: str) -> None:
    """Raise for options that the language does not have, or of a wrong type.

    ``where`` is the place in the configuration, for the message. Errors:
    ``language/unknown-option``, ``language/wrong-option``; all at once.
    """
    known = {one.name: one for one in language.options}
    problems: list[Diagnostic] = []
    for name, value in sorted(options.items()):
        spec = known.get(name)
        if spec is None:
            nearest = find_nearest(name, known)
            problems.append(
                error(
                    "language/unknown-option",
                    f'{where}: {language.name} has no option "{name}"',
                    hint=f'did you mean "{nearest}"?'
                    if nearest
                    else f"options of {language.name}: {', '.join(sorted(known)) or 'none'}",
                )
            )
            continue
        wanted = spec.choices or None
        if (wanted and value not in wanted) or type(value) is not type(spec.default):
            allowed = ", ".join(f'"{one}"' for one in spec.choices)
            problems.append(
                error(
                    "language/wrong-option",
                    f'{where}: {name} = "{value}" is not what {language.name} takes',
                    hint=f"write one of {allowed}" if allowed else f"default: {spec.default!r}",
                )
            )
    if problems:
        raise AssetbuildError(*problems)
