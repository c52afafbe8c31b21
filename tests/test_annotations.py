from __future__ import annotations

import json

from assetbuild.annotations import diagnostic_to_github, diagnostics_to_sarif
from assetbuild.diagnostics import Location, error, warning

WHERE = Location(file="a b,c.css", line=3, column=5, length=4)


def test_github_values_are_escaped() -> None:
    item = warning("a/b", "100 %\nmore", location=WHERE, hint="do: it")
    assert diagnostic_to_github(item) == (
        "::warning title=a/b,file=a b%2Cc.css,line=3,col=5,endColumn=9"
        "::100 %25%0Amore%0Ahint: do: it"
    )


def test_sarif_counts_rules_once_and_locates_results() -> None:
    log = diagnostics_to_sarif(
        [error("z/z", "m", location=WHERE), warning("a/a", "n"), error("z/z", "o")], version="1"
    )
    run = json.loads(json.dumps(log))["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["a/a", "z/z"]
    assert [one["ruleIndex"] for one in run["results"]] == [1, 0, 1]
    assert [one["level"] for one in run["results"]] == ["error", "warning", "error"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "a%20b,c.css"}
