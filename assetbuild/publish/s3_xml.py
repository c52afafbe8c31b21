"""The XML of S3's answers and requests.

In: the bytes of an answer. Out: values, or bytes to send. A document that does not parse is a
truncated or foreign answer: ValueError. Refuses to know: connections.
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from html import escape
from urllib.parse import unquote_plus
from xml.etree import ElementTree

_XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorAnswer:
    """What an error answer says; empty strings where it says nothing."""

    code: str = ""  # "NoSuchBucket"
    message: str = ""  # the store's own sentence
    region: str = ""  # where the bucket is, when the region was wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """One page of ListObjectsV2."""

    objects: tuple[tuple[str, int, str, int], ...]  # key, size, ETag, modified in ms
    next_token: str | None  # None: the last page


@dataclass(frozen=True, slots=True, kw_only=True)
class PartHeld:
    """A part of a multipart upload that the store has."""

    number: int  # 1-based
    etag: str  # without quotes
    size: int  # bytes


def parse_error(data: bytes) -> ErrorAnswer:
    """Read an error answer; all empty when it is no S3 error."""
    try:
        root = _parse(data)
    except ValueError:
        return ErrorAnswer()
    if _local(root.tag) == "ErrorResponse":  # CloudFront wraps it
        inner = next((one for one in root if _local(one.tag) == "Error"), None)
        root = root if inner is None else inner
    if _local(root.tag) != "Error":
        return ErrorAnswer()
    return ErrorAnswer(
        code=_text(root, "Code"), message=_text(root, "Message"), region=_text(root, "Region")
    )


def parse_list(data: bytes) -> ListPage:
    """Read a page of a listing that was asked for with ``encoding-type=url``."""
    root = _expect(data, "ListBucketResult")
    is_encoded = _text(root, "EncodingType") == "url"
    objects = []
    for one in root:
        if _local(one.tag) != "Contents":
            continue
        fields = {_local(part.tag): part.text or "" for part in one}
        for name in ("Key", "Size", "LastModified"):
            if name not in fields:
                raise ValueError(f"an object of a listing has no {name}")
        key = unquote_plus(fields["Key"]) if is_encoded else fields["Key"]
        objects.append(
            (
                key,
                int(fields["Size"]),
                fields.get("ETag", "").strip('"'),
                parse_time_ms(fields["LastModified"]),
            )
        )
    is_more = _text(root, "IsTruncated") == "true"
    token = _text(root, "NextContinuationToken")
    if is_more and not token:
        raise ValueError("a listing that goes on has no continuation token")
    return ListPage(objects=tuple(objects), next_token=token if is_more else None)


def parse_upload_id(data: bytes) -> str:
    """Read the answer of CreateMultipartUpload."""
    found = _text(_expect(data, "InitiateMultipartUploadResult"), "UploadId")
    if not found:
        raise ValueError("no UploadId")
    return found


def parse_uploads(data: bytes) -> tuple[tuple[str, str], ...]:
    """Read ListMultipartUploads: (key, upload id), as the store orders them."""
    root = _expect(data, "ListMultipartUploadsResult")
    is_encoded = _text(root, "EncodingType") == "url"
    return tuple(
        (
            unquote_plus(_text(one, "Key")) if is_encoded else _text(one, "Key"),
            _text(one, "UploadId"),
        )
        for one in root
        if _local(one.tag) == "Upload"
    )


def parse_parts(data: bytes) -> tuple[tuple[PartHeld, ...], str | None]:
    """Read a page of ListParts: the parts, and the marker of the next page or None."""
    root = _expect(data, "ListPartsResult")
    parts = tuple(
        PartHeld(
            number=int(_text(one, "PartNumber")),
            etag=_text(one, "ETag").strip('"'),
            size=int(_text(one, "Size")),
        )
        for one in root
        if _local(one.tag) == "Part"
    )
    marker = _text(root, "NextPartNumberMarker")
    return parts, marker if _text(root, "IsTruncated") == "true" and marker else None


def parse_completed(data: bytes) -> str:
    """Read the answer of CompleteMultipartUpload and return the ETag."""
    return _text(_expect(data, "CompleteMultipartUploadResult"), "ETag").strip('"')


def parse_deleted(data: bytes) -> tuple[tuple[str, str], ...]:
    """Read the answer of a quiet DeleteObjects: (key, error code) of what was not deleted."""
    root = _expect(data, "DeleteResult")
    return tuple(
        (_text(one, "Key"), _text(one, "Code")) for one in root if _local(one.tag) == "Error"
    )


def write_complete(parts: Iterable[tuple[int, str]]) -> bytes:
    """Return the body of CompleteMultipartUpload for (number, ETag) in order."""
    inner = "".join(
        f'<Part><PartNumber>{number}</PartNumber><ETag>"{escape(etag)}"</ETag></Part>'
        for number, etag in parts
    )
    return f'<CompleteMultipartUpload xmlns="{_XMLNS}">{inner}</CompleteMultipartUpload>'.encode()


def write_delete(keys: Sequence[str]) -> bytes:
    """Return the body of a quiet DeleteObjects."""
    inner = "".join(f"<Object><Key>{_escape_key(key)}</Key></Object>" for key in keys)
    return f'<Delete xmlns="{_XMLNS}"><Quiet>true</Quiet>{inner}</Delete>'.encode()


def parse_time_ms(text: str) -> int:
    """Return milliseconds since 1970 of an ISO 8601 time in UTC."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return round(moment.timestamp() * 1000)


def _escape_key(key: str) -> str:
    # a carriage return would be read as a line feed, unless it is written as a reference
    plain = escape(key, quote=False)
    return plain.replace("\r", "&#13;").replace("\n", "&#10;").replace("\t", "&#9;")


def _expect(data: bytes, name: str) -> ElementTree.Element:
    root = _parse(data)
    # moto and some stores call it …Response
    if _local(root.tag).replace("Response", "Result") != name:
        raise ValueError(f"expected {name}, not {_local(root.tag)}")
    return root


def _parse(data: bytes) -> ElementTree.Element:
    if b"<!DOCTYPE" in data[:1024] or b"<!ENTITY" in data:
        raise ValueError("an answer of S3 has no document type")  # no entity bombs
    try:
        return ElementTree.fromstring(data)
    except (ElementTree.ParseError, LookupError) as failure:  # LookupError: its encoding
        raise ValueError(str(failure)) from failure


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _text(element: ElementTree.Element, name: str) -> str:
    for one in element:
        if _local(one.tag) == name:
            return one.text or ""
    return ""
