"""The plan of an upload: what is put, what is not, and why.

In: items, one listing, what the ledger knows. Out: a PublishPlan. Pure: the same three always
give the same plan. Refuses to know: how to put.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from assetbuild.publish.content import MULTIPART_FROM, PART_SIZE
from assetbuild.publish.items import Item
from assetbuild.publish.ledger import Known
from assetbuild.publish.store import Held, Listed


class Reason(Enum):
    """Why an object is put or skipped."""

    NEW = "new"
    DIFFERS = "differs"
    HEADERS = "headers differ"
    FORCED = "forced"
    SAME = "same"
    UNKNOWN = "not in the ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An item with what is done to it."""

    item: Item  # what it is about
    reason: Reason  # why it is put or not


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPlan:
    """What an upload does; each in the items' order."""

    puts: tuple[Step, ...]  # NEW, DIFFERS, HEADERS, FORCED
    skips: tuple[Step, ...]  # SAME
    checks: tuple[Step, ...] = ()  # UNKNOWN: there, but only the store knows with what headers

    @property
    def put_bytes(self) -> int:
        """Bytes that travel."""
        return sum(one.item.size for one in self.puts)

    @property
    def put_requests(self) -> int:
        """Requests that the puts cost without retries."""
        return sum(count_put_requests(one.item.size) for one in self.puts)


def count_put_requests(size: int) -> int:
    """Return the requests that putting one object of ``size`` bytes costs."""
    if size < MULTIPART_FROM:
        return 1
    return 3 + -(-size // PART_SIZE)  # look for an unfinished one, create, parts, complete


def plan_upload(
    items: Iterable[Item],
    listed: Mapping[str, Listed],
    known: Sequence[Mapping[str, Known]],
    *,
    is_forced: bool = False,
) -> PublishPlan:
    """Compare items with the listing and with the ledger's records, the most telling first."""
    puts: list[Step] = []
    skips: list[Step] = []
    checks: list[Step] = []
    for item in items:
        there = listed.get(item.key)
        if there is None:
            puts.append(Step(item=item, reason=Reason.NEW))
        elif is_forced:
            puts.append(Step(item=item, reason=Reason.FORCED))
        elif there.size != item.size:
            puts.append(Step(item=item, reason=Reason.DIFFERS))
        else:
            fact = find_known(item.key, there, known)
            if fact is None:
                checks.append(Step(item=item, reason=Reason.UNKNOWN))
            elif fact.sha256 != item.sha256:
                puts.append(Step(item=item, reason=Reason.DIFFERS))
            elif fact.headers != item.headers_digest:
                puts.append(Step(item=item, reason=Reason.HEADERS))
            else:
                skips.append(Step(item=item, reason=Reason.SAME))
    return PublishPlan(puts=tuple(puts), skips=tuple(skips), checks=tuple(checks))


def find_known(key: str, there: Listed, known: Sequence[Mapping[str, Known]]) -> Known | None:
    """Return what the ledger says of the very object that the listing shows, or None.

    Size, ETag and time of change all have to agree: whoever wrote it since changed one of them.
    """
    for record in known:
        fact = record.get(key)
        if (
            fact is not None
            and fact.size == there.size
            and fact.etag == there.etag
            and fact.modified_ms == there.modified_ms
        ):
            return fact
    return None


def judge_held(item: Item, held: Held | None, local_etag: str) -> Reason:
    """Return what to do about an object that the store described.

    ``local_etag`` is what the store would call our bytes. A note of ours counts only where the
    store's ETag says nothing: a note can be right while a proxy cut the bytes.
    """
    if held is None:
        return Reason.NEW
    is_same = held.etag == local_etag if held.is_etag_md5 else held.sha256 == item.sha256
    if held.size != item.size or not is_same:
        return Reason.DIFFERS
    if held.headers != item.headers:
        return Reason.HEADERS
    return Reason.SAME


def settle(plan: PublishPlan, findings: Mapping[str, Reason]) -> PublishPlan:
    """Return the plan with every check turned into a put or a skip; ``findings`` is by key."""
    settled = [Step(item=one.item, reason=findings[one.item.key]) for one in plan.checks]
    more_puts = [one for one in settled if one.reason is not Reason.SAME]
    more_skips = [one for one in settled if one.reason is Reason.SAME]
    return PublishPlan(
        puts=_ordered((*plan.puts, *more_puts)), skips=_ordered((*plan.skips, *more_skips))
    )


def _ordered(steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(sorted(steps, key=lambda one: (one.item.rank, one.item.key)))


def find_lost(
    items: Iterable[Item], listed: Mapping[str, Listed], etags: Mapping[str, str]
) -> tuple[Item, ...]:
    """Return the items that a closing listing does not show as they should be.

    ``etags`` holds, for what was put, the ETag that the bytes must have; keys that are not in it
    are compared by size alone (they were compared before).
    """
    lost = []
    for item in items:
        there = listed.get(item.key)
        wanted = etags.get(item.key)
        if (
            there is None
            or there.size != item.size
            or (wanted is not None and len(there.etag) == len(wanted) and there.etag != wanted)
        ):
            lost.append(item)
    return tuple(lost)
