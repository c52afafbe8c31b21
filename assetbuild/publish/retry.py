"""When a request is worth another try, and how long to wait before it.

In: statuses and S3 error codes. Out: verdicts and seconds. Why ours: botocore's retries draw on
one quota a client, so that a store which answers a few hundred first tries with 500 loses files
that a second try would have stored. Refuses to know: connections and clocks.
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_RETRYABLE_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504, 509, 520, 522, 524})
_RETRYABLE_CODE = frozenset(
    {
        "BadDigest",  # the bytes were damaged on the way
        "ConditionalRequestConflict",
        "IncompleteBody",
        "InternalError",
        "OperationAborted",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "XAmzContentChecksumMismatch",
        "XAmzContentSHA256Mismatch",
    }
)
_SLOW_DOWN = frozenset({"SlowDown", "TooManyRequests", "RequestLimitExceeded", "Throttling"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How long to insist."""

    attempts: int = 8  # tries of one request, the first among them
    base_s: float = 0.2  # seconds; doubles with each try
    cap_s: float = 10.0  # seconds; the longest wait


def is_retryable(status: int, code: str) -> bool:
    """Tell whether the same request may succeed later."""
    return status in _RETRYABLE_STATUS or code in _RETRYABLE_CODE


def is_slow_down(status: int, code: str) -> bool:
    """Tell whether the store asks all of us, not only this request, to be slower."""
    return status == 429 or code in _SLOW_DOWN or (status == 503 and not code)


def wait_seconds(
    policy: RetryPolicy, attempt: int, retry_after: str, jitter: Callable[[], float]
) -> float:
    """Return the seconds to wait after the failed try number ``attempt`` (1-based).

    Half of the wait is random (``jitter`` gives 0 to 1), so that many workers do not come back at
    once. A Retry-After in seconds is obeyed up to six times the cap.
    """
    backoff = min(policy.cap_s, policy.base_s * 2.0 ** (attempt - 1))
    wait = backoff * (0.5 + jitter() / 2)
    if retry_after.isdigit():
        wait = max(wait, min(float(retry_after), policy.cap_s * 6))
    return wait
