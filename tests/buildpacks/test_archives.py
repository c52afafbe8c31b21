"""Archives of packs: every shape, and everything that must not be unpacked."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from assetbuild.buildpacks import archives
from assetbuild.buildpacks.archives import UnsafeArchive, unpack
from assetbuild.buildpacks.attempts import Hopeless
from assetbuild.buildpacks.store import PackStore
from tests.buildpacks.test_fetch import Place
from tests.support.repos import PACK, Origin, make_tar, make_zip, serve, tar_entry
from tests.support.tree import read_tree, write_tree


def _zip_with_link(target: str) -> bytes:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr(info, target)
    return made.getvalue()


TOPPED = {f"pack-1.0/{name}": text for name, text in PACK.items()}


def unpacked(tmp_path: Path, data: bytes) -> Path:
    (tmp_path / "out").mkdir()
    return unpack(data, tmp_path / "out")


@pytest.mark.parametrize(
    "data",
    [
        make_tar(PACK),
        make_tar(TOPPED),
        make_tar(PACK, mode="w"),
        make_tar(TOPPED, mode="w:xz"),
        make_tar(TOPPED, mode="w:bz2"),
        make_tar({f"./{name}": text for name, text in PACK.items()}),
        make_zip(PACK),
        make_zip(TOPPED),
        make_zip({**TOPPED, "__MACOSX/._x": ""}),
    ],
    ids=[
        "flat",
        "top-folder",
        "plain-tar",
        "xz",
        "bzip2",
        "dot-slash",
        "zip",
        "zip-top",
        "zip-from-a-mac",
    ],
)
def test_every_shape_gives_the_pack_at_the_root(tmp_path: Path, data: bytes) -> None:
    tree = read_tree(unpacked(tmp_path, data))
    assert {name: tree[name].decode() for name in PACK} == PACK


def test_executable_bits_and_links_inside_are_kept(tmp_path: Path) -> None:
    inside = (
        tar_entry("lib", tarfile.SYMTYPE, "bin"),
        tar_entry("bin/same", tarfile.LNKTYPE, "bin/compile"),
    )
    root = unpacked(tmp_path, make_tar(PACK, extra=inside))
    assert os.access(root / "bin/compile", os.X_OK)
    assert (root / "lib/detect").read_text() == PACK["bin/detect"]
    assert (root / "bin/same").stat().st_ino != (root / "bin/compile").stat().st_ino


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (make_tar({"../evil": "x"}), "outside"),
        (make_tar({"bin/../../evil": "x"}), "outside"),
        (make_tar({"/etc/evil": "x"}), "outside"),
        (make_zip({"../evil": "x"}), "outside"),
        (make_zip({"/evil": "x"}), "outside"),
        (make_zip({"..\\evil": "x"}), "outside"),
        (make_zip({"C:\\evil": "x"}), "outside"),
        (make_tar(PACK, extra=(tar_entry("l", tarfile.SYMTYPE, "../.."),)), "leads out"),
        (make_tar(PACK, extra=(tar_entry("l", tarfile.SYMTYPE, "/etc"),)), "leads out"),
        (make_tar(PACK, extra=(tar_entry("l", tarfile.LNKTYPE, "../../x"),)), "leads out"),
        (
            make_tar(
                PACK,
                extra=(
                    tar_entry("x", tarfile.SYMTYPE, "."),
                    tar_entry("y", tarfile.SYMTYPE, "x/.."),
                ),
            ),
            "leads out",
        ),
        (make_tar({"l/evil": "x"}, extra=(tar_entry("l", tarfile.SYMTYPE, "/tmp"),)), "through"),
        (make_tar(PACK, extra=(tar_entry("d", tarfile.CHRTYPE),)), "device"),
        (_zip_with_link("x" * 5000), "is a link of 5000 bytes"),
        (make_tar(PACK, extra=(tar_entry("p", tarfile.FIFOTYPE),)), "device or pipe"),
    ],
    # a gzip member holds the second it was made in: no name of a test
    ids=lambda value: value if isinstance(value, str) else "archive",
)
def test_entry_that_leads_out_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(UnsafeArchive, match=said):
        unpacked(tmp_path, data)
    assert not list(tmp_path.rglob("evil"))
    assert not list(tmp_path.parent.glob("evil"))


@pytest.mark.parametrize("target", ["../secret", "bin/../../secret", "/{folder}/secret"])
def test_hard_link_to_a_file_that_is_there_outside_copies_nothing(
    tmp_path: Path, target: str
) -> None:
    write_tree(tmp_path, {"secret": "x"})
    entry = tar_entry("bin/l", tarfile.LNKTYPE, target.format(folder=tmp_path))
    with pytest.raises(UnsafeArchive, match="leads out"):
        unpacked(tmp_path, make_tar(PACK, extra=(entry,)))
    assert not (tmp_path / "out/bin/l").exists()


def test_no_file_is_setuid_or_for_others_to_write_or_closed_to_us(tmp_path: Path) -> None:
    odd = {"bin/all": 0o6777, "bin/none": 0o000, "bin/text": 0o666}
    entries = [tar_entry(name, tarfile.REGTYPE) for name in odd]
    for one in entries:
        one.mode = odd[one.name]
    root = unpacked(tmp_path, make_tar(PACK, extra=tuple(entries)))
    modes = {name: stat.S_IMODE((root / name).stat().st_mode) for name in odd}
    assert modes == {"bin/all": 0o755, "bin/none": 0o600, "bin/text": 0o644}


@pytest.mark.parametrize("mode", ["w:gz", "w:xz", "w:bz2"])
def test_damage_in_the_midst_is_told(tmp_path: Path, mode: str) -> None:
    data = bytearray(make_tar({**PACK, "big": os.urandom(1_000_000)}, mode=mode))
    middle = len(data) // 2
    data[middle : middle + 20] = b"\xff" * 20
    with pytest.raises(Hopeless, match="or is cut off"):
        unpacked(tmp_path, bytes(data))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no tar and no zip"),
        (b"\x1f\x8bgarbage", "no tar and no zip"),
        (make_tar({"big": os.urandom(100_000)})[:5000], "cut off"),
        (make_tar({"big": os.urandom(100_000)}, mode="w:xz")[:5000], "cut off"),
        (make_tar({"big": os.urandom(100_000)}, mode="w:bz2")[:5000], "cut off"),
        (make_tar({"big": b"a" * 100_000}, mode="w:bz2")[:14] + b"x" * 80, "cut off"),
        (make_tar({"big": b"a" * 100_000}, mode="w:xz")[:60] + b"x" * 80, "cut off"),
        (b"<!DOCTYPE html><title>Sign in</title>", "web page"),
    ],
)
def test_what_is_no_archive_is_told(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(Hopeless, match=said):
        unpacked(tmp_path, data)


LIMITED = {**PACK, "big": "x" * 5000}


@pytest.mark.parametrize(
    ("limit", "most", "data"),
    [
        ("_MAX_MEMBERS", 2, make_tar(LIMITED)),
        ("_MAX_MEMBERS", 2, make_zip(LIMITED)),
        ("_MAX_UNPACKED", 5000, make_tar(LIMITED)),
        ("_MAX_UNPACKED", 5000, make_zip(LIMITED)),
        # each becomes a copy
        ("_MAX_UNPACKED", 9999, make_tar(LIMITED, extra=(tar_entry("l", tarfile.LNKTYPE, "big"),))),
    ],
    ids=["members-tar", "members-zip", "bytes-tar", "bytes-zip", "bytes-of-hard-links"],
)
def test_archive_over_a_limit_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int, data: bytes
) -> None:
    monkeypatch.setattr(archives, limit, most)
    with pytest.raises(Hopeless, match="unpacked it is over"):
        unpacked(tmp_path, data)
    assert not list((tmp_path / "out").iterdir())
    monkeypatch.setattr(archives, limit, 3 if limit == "_MAX_MEMBERS" else 11_000)
    assert (unpack(data, tmp_path / "out") / "big").stat().st_size == 5000


def fill(origin: Origin) -> str:
    origin.files["/pack.tgz"] = make_tar(TOPPED)
    return f"{origin.url}/pack.tgz"


def test_archive_over_http_is_fetched_retried_and_kept(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with serve() as origin:
        origin.etags = True
        origin.failures = [503, 500]
        url = fill(origin) + "?token=s3cret"
        (first,) = place.fetch(url)
        (second,) = place.fetch(url)
        assert place.pauses == [0.5, 1.0]
        assert (first.is_stored, second.is_stored) == (False, True)
        assert first.sha256 == second.sha256
        (offline,) = place.fetch(url, is_offline=True)
    assert offline.tree == first.tree
    assert "s3cret" not in str(list((tmp_path / "store").rglob("*")))
    assert b"s3cret" not in b"".join(read_tree(tmp_path / "store").values())


def test_user_info_becomes_a_header_and_is_in_no_message_and_no_lock(tmp_path: Path) -> None:
    with serve() as origin:
        fill(origin)
        url = origin.url.replace("//", "//user:tok%23en@")
        place = Place(tmp_path)
        (got,) = place.fetch(f"{url}/pack.tgz")
        assert origin.asked[0][1]["Authorization"] == "Basic dXNlcjp0b2sjZW4="
        assert "tok" not in repr(got.to_locked())
        assert place.fetch(f"{url}/pack.tgz", locked=(got.to_locked(),))[0].tree == got.tree
        (found,) = place.refuse(f"{url}/gone.tgz")
    assert found.code == "fetch/failed"
    assert "404" in found.message
    assert "tok" not in found.message


def test_password_does_not_follow_a_redirect_to_another_host(tmp_path: Path) -> None:
    with serve() as origin, serve() as other:
        other.files["/pack.tgz"] = make_tar(TOPPED)
        origin.redirects["/pack.tgz"] = f"{other.url}/pack.tgz"
        Place(tmp_path).fetch(origin.url.replace("//", "//user:secret@") + "/pack.tgz")
    assert "Authorization" in origin.asked[0][1]
    assert [(path, "Authorization" in got) for path, got in other.asked] == [("/pack.tgz", False)]


def test_download_without_an_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_MAX_DOWNLOAD", 99)
    with serve() as origin:
        (found,) = Place(tmp_path).refuse(fill(origin))
        assert (found.code, len(origin.asked)) == ("fetch/failed", 1)
    assert "the archive is over" in found.message


def test_server_that_stays_ill_is_told_with_every_try(tmp_path: Path) -> None:
    with serve() as origin:
        origin.failures = [500] * 9
        place = Place(tmp_path)
        (found,) = place.refuse(fill(origin))
    assert "the download was tried 3 times: the server answered 500" in found.message


def test_unsafe_or_replaced_archive_stops_the_build(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with serve() as origin:
        url = fill(origin)
        (first,) = place.fetch(url)
        locked = (first.to_locked(),)
        origin.files["/pack.tgz"] = make_tar({**TOPPED, "pack-1.0/evil": "x"})
        # what is stored is what was locked: nothing is asked
        assert place.fetch(url, locked=locked)[0].sha256 == first.sha256
        fresh = PackStore(tmp_path / "fresh")
        (found,) = place.refuse(url, locked=locked, store=fresh)
        assert found.code == "lock/changed"
        origin.files["/pack.tgz"] = make_tar({"../evil": "x"})
        assert [one.code for one in place.refuse(url)] == ["fetch/unsafe-archive"]
        origin.files["/pack.tgz"] = b"<html>"
        assert [one.code for one in place.refuse(url)] == ["fetch/bad-archive"]


def test_local_archive_is_read_from_the_app(tmp_path: Path) -> None:
    (tmp_path / "own.tgz").write_bytes(make_tar(PACK))
    (pack,) = Place(tmp_path).fetch("./own.tgz")
    assert read_tree(pack.dir).keys() == set(PACK)
    assert [one.code for one in Place(tmp_path).refuse("./none.zip")] == ["fetch/no-such-path"]
