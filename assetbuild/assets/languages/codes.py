"""What each diagnostic code of the languages means."""

from __future__ import annotations

CODES = {
    "coffee/syntax": "The CoffeeScript compiler refuses the source.",
    "css/asset-function": "Plain CSS calls asset-url() or a relative of it, which only preprocessors know.",
    "import/ambiguous": "An import names more than one file.",
    "import/cycle": "Files import each other in a circle.",
    "import/not-found": "An import names no file in any place that is searched.",
    "language/not-utf8": "A source's bytes are not in the encoding it is said to have.",
    "language/unknown-encoding": "An encoding is none that Python knows.",
    "language/unknown-option": "A language has no option of that name.",
    "language/wrong-option": "An option of a language has a wrong type or value.",
    "less/compile": "The LESS compiler refuses the source.",
    "less/warning": "The LESS compiler warns of something.",
    "sass/compile": "The Sass compiler refuses the source.",
    "sass/debug": "The source says @debug.",
    "sass/deprecated": "Dart Sass warns of something that will stop working.",
    "sass/no-libsass": "libsass is wanted, and is not installed on this machine or does not load.",
    "sass/needs-dart-sass": "The source uses Sass modules, but libsass is configured.",
    "sass/slow-engine": "Dart Sass ran in the embedded engine, which is slow for it.",
    "sass/warn": "The source says @warn.",
    "stylus/compile": "The Stylus compiler refuses the source.",
    "stylus/warn": "The source says warn().",
    "typescript/syntax": "The TypeScript compiler cannot read the source.",
}
