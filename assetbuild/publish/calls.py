"""Signed requests to S3 with retries of our own, and errors that say what to do.

In: a request's parts. Out: an Answer that is not an error, or AssetbuildError. Every worker shares
one Caller: when the store asks for less, all wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from assetbuild.diagnostics import AssetbuildError, Diagnostic, error
from assetbuild.publish.retry import RetryPolicy, is_retryable, is_slow_down, wait_seconds
from assetbuild.publish.s3_xml import ErrorAnswer, parse_error
from assetbuild.publish.signing import EMPTY_SHA256, Scope, encode_key, encode_query, sign_request
from assetbuild.publish.target import Keys
from assetbuild.publish.wire import Answer, Sendable, Wire, WireError

_KEY_CODES = frozenset(
    {
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidToken",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
    }
)
_ENDED_CODES = frozenset({"ExpiredToken", "TokenRefreshRequired"})  # of temporary keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The clock and chance, as arguments."""

    now: Callable[[], datetime]  # UTC
    sleep: Callable[[float], None]  # seconds
    jitter: Callable[[], float]  # 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, as it may be sent several times."""

    method: str  # "PUT"
    path: str  # decoded, from the root of the host: "/bucket/key"
    query: Sequence[tuple[str, str]] = ()  # decoded
    headers: Sequence[tuple[str, str]] = ()  # lower-case names
    body: Sendable = b""  # sent anew with each try
    sha256: str = EMPTY_SHA256  # of the body
    accept: frozenset[int] = frozenset()  # error statuses that are an answer, not a failure
    purpose: str = ""  # "put css/app.css", for messages
    # what to do when the store refuses for good
    refused_hint: str = "run with -v; check the store's options in ASSETBUILD_S3_URL"
    is_digest_only: bool = False  # do not keep the answer's bytes, only their digest
    check: Callable[[Answer], str | None] | None = None  # why a 2xx answer is not good; None: it is
    # called when the store does not like what it got, before it is sent again; may raise
    recheck: Callable[[], None] = lambda: None


class Caller:
    """Signs, sends, waits and tries again."""

    def __init__(  # noqa: PLR0913 - made in one place, publish.opening
        self,
        wire: Wire,
        *,
        keys: Callable[[], Keys],
        region: str,
        policy: RetryPolicy,
        timing: Timing,
        label: str,
        service: str = "s3",
        at_once: int = 16,
    ) -> None:
        """``at_once`` is the number of requests that may be under way."""
        self._wire = wire
        self._keys = keys
        self._region = region
        self._policy = policy
        self._timing = timing
        self._label = label
        self._service = service
        self.at_once = max(1, at_once)
        self._slots = threading.BoundedSemaphore(self.at_once)
        self._lock = threading.Lock()
        self._skew = timedelta()
        self._date = ""  # of the last answer
        self._not_before = datetime.min.replace(tzinfo=timezone.utc)
        self.requests = 0
        self.notes: list[str] = []  # what was corrected on the way, for the summary

    def call(self, call: Call) -> Answer:
        """Send until there is an answer. Errors: the ``publish/…`` codes of tell_failure."""
        attempt = 0
        corrected: set[str] = set()
        while True:
            attempt += 1
            self._wait_for_turn()
            answer: Answer | None = None
            failure = ErrorAnswer()
            try:
                with self._slots:
                    answer = self._send(call)
                problem = self._judge(call, answer)
                if problem is None:
                    return answer
                failure = problem
                if self._correct(answer, failure, corrected):
                    attempt -= 1
                    continue
                if answer.status == 400:
                    call.recheck()
                is_worth = is_retryable(answer.status, failure.code) or answer.status < 300
            except WireError as broken:
                failure = ErrorAnswer(message=str(broken))
                is_worth = not (broken.is_certificate or broken.is_name)
                if not is_worth:
                    raise AssetbuildError(self._tell_broken(broken)) from broken
            if not is_worth or attempt >= self._policy.attempts:
                raise AssetbuildError(self._tell(call, answer, failure, attempt))
            self._back_off(answer, failure, attempt)

    @property
    def told_time(self) -> datetime | None:
        """The store's clock at its last answer; None where it told no time."""
        return _parse_date(self._date)

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def _send(self, call: Call) -> Answer:
        headers = {"host": self._wire.host, **dict(call.headers)}
        query = encode_query(call.query)
        path = encode_key(call.path)
        with self._lock:
            self.requests += 1
            now = self._timing.now() + self._skew
            region = self._region
        scope = Scope(keys=self._keys(), now=now, region=region, service=self._service)
        signed = sign_request(call.method, path, query, headers, call.sha256, scope)
        answer = self._wire.exchange(
            call.method,
            f"{path}?{query}" if query else path,
            signed,
            body=call.body if call.method in {"PUT", "POST"} else None,
            is_digest_only=call.is_digest_only,
        )
        self._date = answer.headers.get("date", "")
        return answer

    def _judge(self, call: Call, answer: Answer) -> ErrorAnswer | None:
        """Return what is wrong with an answer, or None."""
        if answer.status in call.accept:
            return None
        if 200 <= answer.status < 300:
            # CompleteMultipartUpload says 200 first and may still end in an error document
            if b"<Error" in answer.data[:512]:
                return parse_error(answer.data)
            complaint = None if call.check is None else call.check(answer)
            return None if complaint is None else ErrorAnswer(code="", message=complaint)
        found = parse_error(answer.data)
        region = answer.headers.get("x-amz-bucket-region", found.region)
        return ErrorAnswer(
            code=found.code, message=found.message or f"status {answer.status}", region=region
        )

    def _correct(self, answer: Answer, failure: ErrorAnswer, corrected: set[str]) -> bool:
        """Mend what the answer tells how to mend: the clock, the region. Once each a request."""
        if failure.code == "RequestTimeTooSkewed" and "clock" not in corrected:
            theirs = _parse_date(answer.headers.get("date", ""))
            if theirs is not None:
                corrected.add("clock")
                with self._lock:
                    skew = theirs - self._timing.now()
                    if abs(skew - self._skew) > timedelta(minutes=1):
                        minutes = round(skew.total_seconds() / 60)
                        self.notes.append(
                            f"this machine's clock is {abs(minutes)} minutes "
                            f"{'behind' if minutes > 0 else 'ahead of'} the store's"
                        )
                    self._skew = skew
                return True
        is_elsewhere = answer.status in {301, 307} or failure.code in {
            "AuthorizationHeaderMalformed",
            "PermanentRedirect",
        }
        if is_elsewhere and failure.region and "region" not in corrected:
            with self._lock:
                if failure.region != self._region:
                    self.notes.append(f"the bucket is in {failure.region}, not {self._region}")
                    self._region = failure.region
            corrected.add("region")
            return True
        return False

    def _wait_for_turn(self) -> None:
        with self._lock:
            wait = (self._not_before - self._timing.now()).total_seconds()
        if 0 < wait < 3600:
            self._timing.sleep(wait)

    def _back_off(self, answer: Answer | None, failure: ErrorAnswer, attempt: int) -> None:
        after = "" if answer is None else answer.headers.get("retry-after", "")
        wait = wait_seconds(self._policy, attempt, after, self._timing.jitter)
        if answer is not None and is_slow_down(answer.status, failure.code):
            with self._lock:
                self._not_before = max(
                    self._not_before, self._timing.now() + timedelta(seconds=wait / 2)
                )
        self._timing.sleep(wait)

    def _tell_broken(self, broken: WireError) -> Diagnostic:
        if broken.is_certificate:
            return error(
                "publish/untrusted-certificate",
                f"the certificate of {self._wire.host} is not trusted: {broken}",
                hint="name the file of the authority: AWS_CA_BUNDLE=/path/ca.pem",
            )
        return error(
            "publish/unreachable",
            f"{self._label} cannot be reached: {broken}",
            hint="check the endpoint, the region and the bucket's name",
        )

    def _tell(
        self, call: Call, answer: Answer | None, failure: ErrorAnswer, attempts: int
    ) -> Diagnostic:
        return tell_failure(
            label=self._label,
            purpose=call.purpose,
            status=None if answer is None else answer.status,
            failure=failure,
            attempts=attempts,
            refused_hint=call.refused_hint,
        )


def tell_failure(
    *,
    label: str,
    purpose: str,
    status: int | None,
    failure: ErrorAnswer,
    attempts: int,
    refused_hint: str,
) -> Diagnostic:
    """Return the diagnostic of a request that did not succeed; ``status`` None: no answer."""
    said = " ".join(one for one in (str(status or ""), failure.code) if one)
    if failure.code in _KEY_CODES:
        return error(
            "publish/bad-credentials",
            f"{label} does not accept the credentials ({failure.code})",
            hint="get new temporary keys, and run it again"
            if failure.code in _ENDED_CODES
            else 'check the key and its secret ("credentials from", above), or attach the bucket anew',
        )
    if failure.code == "NoSuchBucket":
        return tell_no_bucket(label)
    if failure.code == "RequestTimeTooSkewed":
        return error(
            "publish/clock-skew",
            f"{label} refuses requests signed by this machine's clock",
            hint="set the clock of this machine",
        )
    if failure.region:
        return error(
            "publish/wrong-region",
            f'{label} is in the region "{failure.region}"',
            hint=f"set AWS_REGION={failure.region}",
        )
    if status in {401, 403}:
        return error(
            "publish/access-denied",
            f"{label}: not allowed to {purpose} ({said})",
            hint="give the key the policy that `assetbuild bucket setup` prints",
        )
    is_done = status is not None and status < 300  # an error document may follow all the same
    if is_done and not failure.code:
        return error(
            "publish/wrong-content",
            f"{label}: {failure.message} ({purpose}, {attempts} tries)",
            hint="run it again; if it stays so, the store or a proxy changes what passes",
        )
    if status is None or is_done or is_retryable(status, failure.code):
        return error(
            "publish/store-unavailable",
            f"{label} could not {purpose}: {said or failure.message} ({attempts} tries)",
            hint="run it again: what is stored stays and is not sent twice"
            if status is not None
            else "check the endpoint and the network, then run it again: what is stored stays and is "
            "not sent twice",
        )
    return error(
        "publish/refused",
        f"{label} refused to {purpose}: {said} {failure.message}".rstrip(),
        hint=refused_hint,
    )


def tell_no_bucket(label: str) -> Diagnostic:
    """Return the diagnostic of a bucket that does not exist."""
    return error(
        "publish/no-bucket",
        f"{label} does not exist",
        hint="make the bucket, or correct its name in ASSETBUILD_S3_URL",
    )


def _parse_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(timezone.utc)
    except (TypeError, ValueError):
        return None
