"""Diagnostics in the forms that other programs read: JSON, GitHub annotations, SARIF.

In: diagnostics. Out: text and JSON values. Refuses to know: streams.
"""

from __future__ import annotations

from collections.abc import Iterable

from assetbuild.diagnostics import Diagnostic


def diagnostic_to_json(item: Diagnostic) -> dict[str, object]:
    """Return the JSON form of a diagnostic (docs/reference/diagnostics.md)."""
    value: dict[str, object] = {
        "severity": item.severity.value,
        "code": item.code,
        "message": item.message,
    }
    if item.location is not None:
        value["file"] = item.location.file
        value["line"] = item.location.line
        value["column"] = item.location.column
        value["length"] = item.location.length
    if item.hint is not None:
        value["hint"] = item.hint
    return value


def diagnostic_to_github(item: Diagnostic) -> str:
    """Return the workflow command that shows a diagnostic in the changed file.

    Source: docs.github.com, "Workflow commands for GitHub Actions", setting an error message.
    """
    properties = {"title": item.code}
    if item.location is not None:
        properties["file"] = item.location.file
        properties["line"] = str(item.location.line)
        properties["col"] = str(item.location.column)
        properties["endColumn"] = str(item.location.column + item.location.length)
    listed = ",".join(f"{name}={_escape_property(value)}" for name, value in properties.items())
    text = item.message if item.hint is None else f"{item.message}\nhint: {item.hint}"
    return f"::{item.severity.value} {listed}::{_escape_data(text)}"


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")


def diagnostics_to_sarif(items: Iterable[Diagnostic], *, version: str) -> dict[str, object]:
    """Return a SARIF 2.1.0 log (OASIS) with one run of the diagnostics."""
    listed = list(items)
    codes = sorted({item.code for item in listed})
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "assetbuild",
                        "version": version,
                        "rules": [{"id": code} for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(item, codes.index(item.code)) for item in listed],
            }
        ],
    }


def _sarif_result(item: Diagnostic, rule_index: int) -> dict[str, object]:
    text = item.message if item.hint is None else f"{item.message} (hint: {item.hint})"
    value: dict[str, object] = {
        "ruleId": item.code,
        "ruleIndex": rule_index,
        "level": item.severity.value,
        "message": {"text": text},
    }
    if item.location is not None:
        value["locations"] = [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": item.location.file.replace(" ", "%20")},
                    "region": {
                        "startLine": item.location.line,
                        "startColumn": item.location.column,
                        "endColumn": item.location.column + item.location.length,
                    },
                }
            }
        ]
    return value
