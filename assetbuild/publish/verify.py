"""Look at a release as a browser would: status, bytes, type, coding, cache headers, CORS.

In: items, something that fetches. Out: findings, all of them, sorted. Changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assetbuild.diagnostics import AssetbuildError, Diagnostic, error, sort_diagnostics, warning
from assetbuild.media import is_font
from assetbuild.publish.items import Item
from assetbuild.publish.parallel import run_all
from assetbuild.publish.retry import RetryPolicy, is_retryable, wait_seconds
from assetbuild.publish.signing import encode_key
from assetbuild.publish.store import Fetched
from assetbuild.publish.wire import Wire, WireError

ORIGIN = "https://example.com"
"""The page that asks: any origin may read a public asset."""

_COMPARED = ("content-type", "content-encoding", "cache-control", "content-disposition")
# a CDN may compress what it got as it is; bytes can then not be compared with a digest
_IDENTITY = (("accept-encoding", "identity"), ("origin", ORIGIN))


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyResult:
    """What verify found."""

    checked: int  # objects
    bytes: int  # received
    findings: tuple[Diagnostic, ...]  # sorted; errors and warnings


def verify(
    items: Sequence[Item],
    fetch: Callable[[Item], Fetched],
    *,
    workers: int,
    is_through_cdn: bool,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> VerifyResult:
    """Fetch every item and compare it with what it should be."""
    done = 0

    def count(_: object) -> None:
        nonlocal done
        done += 1
        on_progress(done, len(items))

    def check(item: Item) -> tuple[int, tuple[Diagnostic, ...]]:
        fetched = fetch(item)
        return fetched.size, judge(item, fetched, is_through_cdn=is_through_cdn)

    results = run_all(check, items, workers=workers, on_done=count)
    return VerifyResult(
        checked=len(items),
        bytes=sum(size for size, _ in results),
        findings=sort_diagnostics(one for _, found in results for one in found),
    )


def judge(item: Item, fetched: Fetched, *, is_through_cdn: bool) -> tuple[Diagnostic, ...]:
    """Return what is wrong with one answer."""
    if fetched.status != 200:
        return (
            error(
                "verify/status",
                f'"{item.key}" is answered with {fetched.status}, not 200',
                hint=_hint_at(fetched.status, is_through_cdn=is_through_cdn),
            ),
        )
    found: list[Diagnostic] = []
    if fetched.sha256 != item.sha256:
        found.append(
            error(
                "verify/content",
                f'"{item.key}" comes with other bytes ({fetched.size} instead of {item.size})',
                hint="run `assetbuild upload --force`; see whether the CDN changes what passes",
            )
        )
    wanted = dict(item.headers)
    for name in _COMPARED:
        has, wants = fetched.headers.get(name, ""), wanted.get(name, "")
        if _normal(has) != _normal(wants):
            found.append(
                error(
                    "verify/header",
                    f'"{item.key}" comes with {name} "{has}", not "{wants}"',
                    hint="run `assetbuild upload`; see whether the CDN replaces the header",
                )
            )
    if is_font(wanted.get("content-type", "")):
        allowed = fetched.headers.get("access-control-allow-origin", "")
        if allowed not in {"*", ORIGIN}:
            make = error if is_through_cdn else warning
            found.append(
                make(
                    "verify/cors",
                    f'the font "{item.key}" comes without Access-Control-Allow-Origin',
                    hint="run `assetbuild bucket setup --apply`; let the CDN pass Origin on",
                )
            )
    return tuple(found)


def _hint_at(status: int, *, is_through_cdn: bool) -> str:
    # S3 says 403, not 404, for a missing key to all who may not list the bucket
    if status == 403 and is_through_cdn:
        return (
            "let the bucket's policy allow its readers s3:GetObject below the prefix; "
            "if it does, the URL names no object: see the path of --through"
        )
    return "run `assetbuild upload`; see the CDN's origin and path if the bucket has it"


def fetch_through(
    wire: Wire, base_path: str, policy: RetryPolicy, jitter: Callable[[], float]
) -> Callable[[Item], Fetched]:
    """Return a function that gets items through a CDN; ``base_path`` ends in "/"."""

    def fetch(item: Item) -> Fetched:
        target = base_path + encode_key(item.key)
        attempt = 0
        while True:
            attempt += 1
            try:
                answer = wire.exchange(
                    "GET", target, {"host": wire.host, **dict(_IDENTITY)}, is_digest_only=True
                )
            except WireError as failure:
                if attempt >= policy.attempts or failure.is_certificate or failure.is_name:
                    raise AssetbuildError(
                        error(
                            "publish/unreachable",
                            f"{wire.host} cannot be reached: {failure}",
                            hint="check the URL of --through",
                        )
                    ) from failure
            else:
                if not is_retryable(answer.status, "") or attempt >= policy.attempts:
                    return Fetched(
                        status=answer.status,
                        headers=answer.headers,
                        sha256=answer.sha256,
                        size=answer.size,
                    )
            time.sleep(wait_seconds(policy, attempt, "", jitter))

    return fetch


def _normal(value: str) -> str:
    return ",".join(part.strip().lower() for part in value.replace(";", ",").split(","))
