from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import pytest

from assetbuild.digests import sha256_hex
from assetbuild.serve import bodies
from assetbuild.serve.bodies import LARGE, BodyLostError, BodyStore, OpenBody
from assetbuild.serve.table import FileBody

BIG = bytes(range(256)) * (LARGE // 256 + 4)


def body_of(folder: Path, name: str, data: bytes) -> FileBody:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return FileBody(name, str(folder), sha256_hex(data), len(data))


def read_all(body: bytes | OpenBody) -> bytes:
    return body if isinstance(body, bytes) else b"".join(body)


def test_small_and_large_bodies_are_read_whole_and_in_part(tmp_path: Path) -> None:
    store = BodyStore()
    for name, data in (("a/small", b"0123456789"), ("a/big", BIG), ("a/empty", b"")):
        body = body_of(tmp_path, name, data)
        assert read_all(store.read(body)) == data
        if data:
            part = FileBody(body.path, body.folder, body.sha256, body.size, 2, 7)
            assert read_all(store.read(part)) == data[2:7]


def test_small_body_is_held_and_survives_its_file(tmp_path: Path) -> None:
    store = BodyStore()
    body = body_of(tmp_path, "a", b"abc")
    store.read(body)
    (tmp_path / "a").unlink()
    assert store.read(body) == b"abc"


def test_memory_is_bounded(tmp_path: Path) -> None:
    store = BodyStore(memory_bytes=1000)
    for body in [body_of(tmp_path, str(one), bytes([one]) * 400) for one in range(10)]:
        assert read_all(store.read(body)) == bytes([int(body.path)]) * 400
    assert store._held_bytes <= 1000
    assert sum(len(one) for one in store._held.values()) == store._held_bytes


@pytest.mark.parametrize("data", [b"0123456789", BIG])
def test_damaged_file_is_never_served(tmp_path: Path, data: bytes) -> None:
    for damage in (data[:-1], data + b"x", b"X" + data[1:], b""):
        body = body_of(tmp_path, "a", data)
        (tmp_path / "a").write_bytes(damage)
        with pytest.raises(BodyLostError, match="does not hold the bytes"):
            BodyStore().read(body)


def test_missing_file_and_special_files_are_lost(tmp_path: Path) -> None:
    body = body_of(tmp_path, "a", b"abc")
    (tmp_path / "a").unlink()
    with pytest.raises(BodyLostError):
        BodyStore().read(body)
    os.mkfifo(tmp_path / "a")
    with pytest.raises(BodyLostError, match="not a file"):
        BodyStore().read(body)
    (tmp_path / "a").unlink()
    (tmp_path / "a").mkdir()
    with pytest.raises(BodyLostError):
        BodyStore().read(body)


def test_links_out_of_the_folder_are_refused_though_the_bytes_are_right(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    secret = body_of(outside, "secret", b"abc")
    root = tmp_path / "root"
    root.mkdir()
    (root / "file").symlink_to(outside / "secret")
    (root / "folder").symlink_to(outside)
    for path in ("file", "folder/secret"):
        with pytest.raises(BodyLostError):
            BodyStore().read(FileBody(path, str(root), secret.sha256, secret.size))


def test_output_folder_may_be_reached_through_a_link(tmp_path: Path) -> None:
    body = body_of(tmp_path / "real", "a", b"abc")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert BodyStore().read(FileBody("a", str(tmp_path / "link"), body.sha256, 3)) == b"abc"


def test_file_that_shrinks_while_it_is_sent_breaks_off(tmp_path: Path) -> None:
    body = body_of(tmp_path, "a", BIG * 4)
    opened = BodyStore().read(body)
    assert isinstance(opened, OpenBody)
    chunks = iter(opened)
    sent = len(next(chunks))
    os.truncate(tmp_path / "a", sent)
    with pytest.raises(BodyLostError, match="shrank"):
        for data in chunks:
            sent += len(data)
    assert sent < opened.length


def test_large_file_is_hashed_once_until_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = body_of(tmp_path, "a", BIG)
    store = BodyStore()
    hashed: list[str] = []

    def hash_noting(file: BinaryIO) -> str:
        hashed.append(sha256_hex(file.read()))
        return hashed[-1]

    monkeypatch.setattr(bodies, "_hash", hash_noting)
    for _ in range(2):
        assert read_all(store.read(body)) == BIG
    assert hashed == [body.sha256]
    (tmp_path / "a").write_bytes(b"X" + BIG[1:])
    # two writes may fall into one tick of the file system's clock
    os.utime(tmp_path / "a", (0, 0))
    with pytest.raises(BodyLostError, match="does not hold the bytes"):
        store.read(body)
    assert len(hashed) == 2
