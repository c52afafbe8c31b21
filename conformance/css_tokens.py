"""Our CSS tokenizer against the tokens that the cases' author worked out from the specification."""

from __future__ import annotations

from collections.abc import Mapping

from assetbuild.assets.syntax.css_tokens import tokenize_css
from benchmarks.registry import fetch_npm
from conformance.sources import run_node
from conformance.suite import Tally, utf16_places

TITLE = "CSS tokenizer"
SOURCE = "npm @rmenke/css-tokenizer-tests 1.4.0"
_NAMES = (
    "the draft of 2023 takes a few characters (§, ×, …) out of names; we keep the wider ranges of "
    "CSS 2.1 to Syntax 3's recommendation, with which no reference is found or lost"
)
KNOWN: Mapping[str, str] = {
    "tests/ident/0007": _NAMES,
    "tests/ident/0008": _NAMES,
    "tests/fuzz/b69ece36*": _NAMES,
}

_KINDS = {
    "at-keyword-token": "at",
    "whitespace-token": "space",
    "number-token": "number",
    "dimension-token": "number",
    "percentage-token": "number",
    "ident-token": "ident",
    "bad-string-token": "bad-string",
    "string-token": "string",
    "url-token": "url",
    "bad-url-token": "bad-url",
    "comment": "comment",
    "function-token": "function",
    "hash-token": "hash",
    "CDC-token": "cdc",
    "CDO-token": "cdo",
}


def run(tally: Tally) -> None:
    """Compare kinds and spans; every other kind of theirs is punctuation to us."""
    folder = fetch_npm("@rmenke/css-tokenizer-tests", "1.4.0")
    script = "process.stdout.write(JSON.stringify(require(process.argv[1]).testCorpus))"
    for case, one in run_node(script, str(folder / "index.cjs")).items():
        text = one["css"]
        wanted = [
            (_KINDS.get(token["type"], "punct"), token["startIndex"], token["endIndex"])
            for token in one["tokens"]
        ]
        places = utf16_places(text)
        found = [(kind, places[start], places[end]) for kind, start, end in tokenize_css(text)]
        tally.check(case, found == wanted, f"{found} for {wanted} of {text!r}"[:300])
