"""The bucket: does it take, give back and forget an object, and may pages load fonts from it.

In: BucketFacts. Out: a Check. Refuses to know: requests.
"""

from __future__ import annotations

from dataclasses import dataclass

from assetbuild.diagnostics import Diagnostic, warning
from assetbuild.doctor.model import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketFacts:
    """What came of trying it."""

    label: str  # without secrets
    failures: tuple[Diagnostic, ...]  # why it refused; errors
    notes: tuple[str, ...]  # what was corrected on the way: clock, region
    has_cors: bool | None  # it allows pages of other hosts; None: not found out, or no S3
    fonts: int  # outputs that browsers load with CORS


def check_bucket(facts: BucketFacts) -> Check:
    """Tell whether publishing would go well."""
    findings = [*facts.failures]
    findings += [
        warning(
            "doctor/store-corrected",
            f"{facts.label}: {note}",
            hint="correct it: each publish asks once more until then",
        )
        for note in facts.notes
    ]
    if facts.has_cors is False and facts.fonts:
        fonts = f"{facts.fonts} fonts" if facts.fonts > 1 else "1 font"
        findings.append(
            warning(
                "doctor/no-cors",
                f"{facts.label} sends no CORS headers: {fonts} will not load from its host",
                hint="run: assetbuild bucket setup --apply",
            )
        )
    return Check(name="bucket", told=facts.label, findings=tuple(findings))
