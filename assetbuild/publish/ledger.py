"""The ledger: a record in the bucket for each release, and what the records together know.

In: bytes of records. Out: records, names, what is known of a key, which releases to keep.
Refuses to know: stores and clocks.

``.assetbuild/releases/<time>-<id>.json`` is written last of all, so a record means that every
object it names was in the bucket. ``.assetbuild/uploads/<id>.json`` exists while an upload runs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone

from assetbuild.diagnostics import AssetbuildError, error
from assetbuild.digests import digest_parts
from assetbuild.jsontype import parse_json
from assetbuild.publish.items import CONTROL, Item

RELEASES = f"{CONTROL}releases/"
MANIFESTS = f"{CONTROL}manifests/"
UPLOADS = f"{CONTROL}uploads/"
ABILITIES = f"{CONTROL}abilities.json"
SCHEMA = 1
_NAME = re.compile(re.escape(RELEASES) + r"(\d{8}T\d{6}\d{3}Z)-([0-9a-f]{12})-([0-9a-f]{8})\.json")


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of an object that we put, or checked, and then saw in a listing."""

    size: int  # bytes
    etag: str  # as the listing told it
    modified_ms: int  # as the listing told it: another writer changes it
    sha256: str  # of the content
    headers: str  # digest of the headers (Item.headers_digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRecord:
    """A release whose objects are all in the bucket."""

    name: str  # key of the record
    time: datetime  # UTC, when it was recorded
    app: str  # HEROKU_APP_NAME or ""
    manifest: str  # sha256 of the manifest's bytes
    source: str  # version of the source, or ""
    variants: str  # how variants are stored: "separate"
    objects: Mapping[str, Known] = field(repr=False)  # key -> what lies there


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """An upload that runs, or was killed."""

    app: str  # as of a record
    manifest: str  # as of a record
    started: str  # ISO 8601, by the machine's clock; for who looks at it
    layout: str  # digest_layout of what it puts
    since_ms: (
        int | None
    )  # when its first run began, ms of the store's clock; None: this is the first


def digest_layout(items: Iterable[Item]) -> str:
    """Return a digest of what a run puts where with which headers."""
    return digest_parts(
        "layout", (part for one in items for part in (one.key, one.sha256, one.headers_digest))
    )


def dump_marker(marker: Marker) -> bytes:
    """Return the bytes of a marker."""
    return json.dumps(asdict(marker)).encode()


def parse_marker(data: bytes) -> Marker | None:
    """Read a marker; None for one that another version wrote."""
    try:
        document = parse_json(data)
        since_ms = document["since_ms"]
        return Marker(
            app=str(document["app"]),
            manifest=str(document["manifest"]),
            started=str(document["started"]),
            layout=str(document["layout"]),
            since_ms=None if since_ms is None else int(since_ms),
        )
    except (ValueError, KeyError, TypeError):
        return None


def name_record(time: datetime, app: str, manifest: str) -> str:
    """Return the key of a record: sorted by time, unique by app and manifest."""
    stamp = time.strftime("%Y%m%dT%H%M%S") + f"{time.microsecond // 1000:03d}Z"
    return f"{RELEASES}{stamp}-{manifest[:12]}-{tag_of(app)}.json"


def follow_records(time: datetime, names: Iterable[str], app: str) -> datetime:
    """Return ``time``, or the millisecond after the app's newest record where that is later.

    Records are ordered by their names' time: a second release in the same millisecond, or by a
    clock that went back, must still come after the first.
    """
    own = _pick_of_app(_list_newest_first(names), app)
    if not own:
        return time
    found = _NAME.fullmatch(own[0])
    assert found is not None
    newest = datetime.strptime(found[1], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=timezone.utc)
    return max(time, newest + timedelta(milliseconds=1))


def tag_of(app: str) -> str:
    """Return the eight digits by which a record's name tells its app."""
    return digest_parts("app", (app,))[:8]


def name_marker(app: str, manifest: str) -> str:
    """Return the key that exists while an app's upload of a manifest runs.

    It names the work, not the process: whoever repeats a killed upload clears it.
    """
    return f"{UPLOADS}{manifest[:12]}-{tag_of(app)}.json"


def name_manifest(digest: str) -> str:
    """Return the key of a manifest."""
    return f"{MANIFESTS}{digest}.json"


def is_record(key: str) -> bool:
    """Tell whether a key has the form of a record's."""
    return _NAME.fullmatch(key) is not None


def order_candidates(names: Iterable[str], *, app: str, manifest: str) -> list[str]:
    """Return the records worth reading before an upload, the most telling first.

    The newest of this app, then the newest of this manifest, then the others, newest first.
    """
    ordered = _list_newest_first(names)
    own = _pick_of_app(ordered, app)[:1]
    same = [one for one in ordered if f"-{manifest[:12]}-" in one][:1]
    return list(dict.fromkeys((*own, *same, *ordered)))


def _list_newest_first(names: Iterable[str]) -> list[str]:
    return sorted((one for one in names if is_record(one)), reverse=True)


def _pick_of_app(records: Iterable[str], app: str) -> list[str]:
    end = f"-{tag_of(app)}.json"
    return [one for one in records if one.endswith(end)]


def dump_record(record: ReleaseRecord) -> bytes:
    """Return the bytes of a record."""
    document = {
        "schema": SCHEMA,
        "time": record.time.astimezone(timezone.utc).isoformat(timespec="milliseconds"),
        "app": record.app,
        "manifest": record.manifest,
        "source": record.source,
        "variants": record.variants,
        "objects": {
            key: [one.size, one.etag, one.modified_ms, one.sha256, one.headers]
            for key, one in sorted(record.objects.items())
        },
    }
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False) + "\n"
    # a variable may hold what is no UTF-8: it becomes JSON's own escape
    return text.encode("utf-8", "backslashreplace")


def parse_record(name: str, data: bytes) -> ReleaseRecord:
    """Read a record. Errors: ``publish/corrupt-ledger``."""
    try:
        document = parse_json(data)
        if document["schema"] != SCHEMA:
            raise ValueError(f"schema {document['schema']}")
        return ReleaseRecord(
            name=name,
            time=_read_time(document["time"]),
            app=str(document["app"]),
            manifest=str(document["manifest"]),
            source=str(document["source"]),
            variants=str(document["variants"]),
            objects={
                str(key): Known(int(size), str(etag), int(modified), str(sha256), str(headers))
                for key, (size, etag, modified, sha256, headers) in document["objects"].items()
            },
        )
    except (ValueError, KeyError, TypeError, AttributeError) as failure:
        raise AssetbuildError(
            error(
                "publish/corrupt-ledger",
                f'the release record "{name}" cannot be read: {failure}',
                hint="delete that object if another program wrote it; assetbuild never writes a part",
            )
        ) from failure


def _read_time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("its time has no zone")  # it could not be compared with the others
    return time


def keep_releases(
    records: Sequence[ReleaseRecord], *, keep: int, newest_than: datetime
) -> tuple[ReleaseRecord, ...]:
    """Return the records to keep: for each app the newest ``keep``, and all since ``newest_than``.

    At least the newest of each app is kept, whatever is asked.
    """
    counted: dict[str, int] = {}
    kept: list[ReleaseRecord] = []
    for record in sorted(records, key=lambda one: one.name, reverse=True):
        counted[record.app] = counted.get(record.app, 0) + 1
        if counted[record.app] <= max(1, keep) or record.time >= newest_than:
            kept.append(record)
    return tuple(reversed(kept))


def find_markers(listed: Iterable[str]) -> list[str]:
    """Return the keys that tell of uploads that run or were killed, sorted."""
    return sorted(name for name in listed if name.startswith(UPLOADS))
