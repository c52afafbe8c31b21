"""nginx in front of the app: which one, and how it speaks to what is behind it.

In: NginxFacts. Out: a Check. Why it matters: docs/explanation/truncation.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assetbuild.diagnostics import Diagnostic, error, locate_offset, warning
from assetbuild.doctor.model import Check, skip

_GOOD = (1, 29, 7)  # speaks HTTP/1.1 to its upstream by itself
_HINT = 'write beside proxy_pass: proxy_http_version 1.1; proxy_set_header Connection "";'
_VERSION = re.compile(r"nginx(?:/| version: nginx/)(\d+)\.(\d+)\.(\d+)")
_COMMENT = re.compile(r"(^|\s)#[^\n]*")
_PASSES = re.compile(r"\bproxy_pass\s+[^;]+;")
_HTTP11 = re.compile(r"\bproxy_http_version\s+(1\.1|2)\s*;")


@dataclass(frozen=True, slots=True, kw_only=True)
class NginxFacts:
    """What is known of each nginx."""

    versions: tuple[tuple[str, str], ...]  # where it is, what it said of itself: "nginx/1.22.1"
    configs: tuple[tuple[str, str], ...]  # file of the app, its text


def check_nginx(facts: NginxFacts) -> Check:
    """Tell which nginx can make a cut answer look whole."""
    found = [(where, _parse(text)) for where, text in facts.versions]
    known = [(where, version) for where, version in found if version is not None]
    if not known and not any(_PASSES.search(text) for _, text in facts.configs):
        return skip("nginx", "none here")
    old = [(where, version) for where, version in known if version < _GOOD]
    # without a program to ask, a configuration is taken to be for any nginx
    faults = list(_judge_configs(facts)) if old or not known else []
    is_told = any(_HTTP11.search(_blank_comments(text)) for _, text in facts.configs)
    if not faults and not is_told:
        faults += [
            warning(
                "doctor/old-nginx",
                f"{where} is nginx {_text(version)}, which speaks HTTP/1.0 to the app "
                "unless told otherwise",
                hint=_HINT,
            )
            for where, version in old
        ]
    told = ", ".join(f"{_text(version)} ({where})" for where, version in known) or "a configuration"
    return Check(name="nginx", told=told, findings=tuple(faults))


def _judge_configs(facts: NginxFacts) -> Iterator[Diagnostic]:
    for file, raw in facts.configs:
        text = _blank_comments(raw)
        passed = _PASSES.search(text)
        if passed is not None and not _HTTP11.search(text):
            place = locate_offset(file, raw, passed.start(), passed.end() - passed.start())
            yield error(
                "doctor/nginx-http10",
                "requests are passed on with HTTP/1.0: a cut answer ends like a whole one",
                location=place,
                hint=_HINT,
            )


def _blank_comments(text: str) -> str:
    """Return the text with comments made blank, so that offsets stay."""
    return _COMMENT.sub(lambda found: " " * len(found.group()), text)


def _parse(text: str) -> tuple[int, int, int] | None:
    found = _VERSION.search(text)
    return None if found is None else (int(found[1]), int(found[2]), int(found[3]))


def _text(version: tuple[int, int, int]) -> str:
    return ".".join(map(str, version))
