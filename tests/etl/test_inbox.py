"""What lies in the inbox, and what an archive holds: odd files are named and left alone."""

import gzip
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from etl.errors import UserError
from etl.language import use_language
from etl.sources import inbox
from etl.sources.inbox import UnreadableError, opened, read_inbox, single_file
from etl.sources.source import Source, read_source

MakeSource = Callable[..., Source]


@pytest.fixture
def source(tmp_path: Path) -> Source:
    path = tmp_path / "s.toml"
    path.write_text(
        'name = "s"\ntable = "interactions"\nfiles = ["hỏi_*.csv"]\nformat = "csv"\n[columns]\nasked_at = "a"\n', encoding="utf-8"
    )
    return read_source(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "inbox"
    made.mkdir()
    return made


def unpacked(path: Path) -> bytes:
    with opened(path) as plain:
        return plain.read_bytes()


def test_files_are_found_in_sub_folders_and_under_archives(folder: Path, source: Source) -> None:
    (folder / "2026").mkdir()
    for name in (
        "hỏi_1.csv",
        "2026/hỏi_2.csv.gz",
        "2026/hỏi_3.csv.ZIP",
        "other.csv",
        ".hidden.csv",
        "~$hỏi_4.csv",
        "hỏi_1.csv.manifest.toml",
    ):
        (folder / name).write_bytes(b"x")
    found = {str(file.relative): len(file.sources) for file in read_inbox(folder, [source])}
    assert found == {"hỏi_1.csv": 1, "2026/hỏi_2.csv.gz": 1, "2026/hỏi_3.csv.ZIP": 1, "other.csv": 0}


def test_a_file_that_fits_two_sources_names_both(folder: Path, source: Source) -> None:
    (folder / "hỏi_1.csv").write_bytes(b"x")
    (file,) = read_inbox(folder, [source, source])
    assert len(file.sources) == 2


def test_links_pipes_and_dangling_links_are_no_plain_files(folder: Path, source: Source, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_bytes(b"a\n1\n")
    (folder / "hỏi_1.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "hỏi_2.csv").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "hỏi_3.csv")
    (folder / "loop").symlink_to(folder)
    files = read_inbox(folder, [source])
    assert [str(file.relative) for file in files] == ["hỏi_1.csv", "hỏi_2.csv", "hỏi_3.csv", "loop"]
    assert all(file.trouble and not file.sha256 for file in files)


def test_a_file_that_vanishes_meanwhile_is_named(folder: Path, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "hỏi_1.csv").write_bytes(b"x")

    def gone(path: Path) -> str:
        path.unlink()
        return path.open("rb").read().hex()

    monkeypatch.setattr(inbox, "_digest", gone)
    (file,) = read_inbox(folder, [source])
    assert file.trouble


def test_a_name_that_holds_no_letters_can_be_shown(folder: Path) -> None:
    (folder / os.fsdecode(b"h\xff.csv")).write_bytes(b"x")
    (file,) = read_inbox(folder, [])
    assert str(file.relative) == "h\\xff.csv"
    assert file.path.read_bytes() == b"x"


def test_what_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere"):
        read_inbox(tmp_path / "nowhere", [])
    with pytest.raises(UserError, match="nowhere"):
        single_file(tmp_path / "nowhere.csv", [])


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return path


def test_archives_of_one_member_are_opened(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"a\n") + gzip.compress(b"1\n"))
    assert unpacked(tmp_path / "a.csv.gz") == b"a\n1\n"
    assert unpacked(zipped(tmp_path / "a.csv.zip", {"folder/": b"", "folder/a.csv": b"a\n", "__MACOSX/._a.csv": b"x"})) == b"a\n"


@pytest.mark.parametrize("members", [{}, {"a.csv": b"a", "b.csv": b"b"}])
def test_a_zip_of_none_or_several_is_refused(tmp_path: Path, members: dict[str, bytes]) -> None:
    with pytest.raises(UnreadableError, match=str(len(members))):
        unpacked(zipped(tmp_path / "a.zip", members))


@pytest.mark.parametrize("member", ["../../escaped.csv", "/escaped.csv", "a/../../escaped.csv", "..\\escaped.csv"])
def test_a_path_out_of_the_archive_leads_nowhere(tmp_path: Path, member: str) -> None:
    path = zipped(tmp_path / "a.csv.zip", {member: b"a\n"})
    with pytest.raises(UnreadableError), opened(path):
        pass
    assert not list(tmp_path.parent.rglob("*escaped.csv"))


def test_what_a_killed_reader_left_unpacked_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(b"a\nNguyen Van A\n"))
    with opened(packed) as plain:
        left = tmp_path / "left" / plain.parent.name
        shutil.copytree(plain.parent, left)
        inbox.forget_unpacked()
        assert plain.read_bytes()  # somebody reads it now
    left.rename(tmp_path / left.name)
    inbox.forget_unpacked()
    assert (tmp_path / left.name).exists()
    os.utime(tmp_path / left.name, (0, 0))
    inbox.forget_unpacked()
    assert not (tmp_path / left.name).exists()


@pytest.mark.parametrize("ending", [".gz", ".zip"])
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, ending: str) -> None:
    raw = b"0" * 30_000_000
    path = tmp_path / f"a.csv{ending}"
    if ending == ".gz":
        path.write_bytes(gzip.compress(raw))
    else:
        zipped(path, {"a.csv": raw})
    with pytest.raises(UnreadableError):
        unpacked(path)


def test_damaged_archives_are_refused_and_never_give_other_bytes(tmp_path: Path) -> None:
    rows = "".join(f"{i * 7919 % 1000},x\n" for i in range(300)).encode()
    packed, refused = gzip.compress(rows), 0
    zipped(tmp_path / "whole.zip", {"a.csv": rows})
    for name, raw in (("a.gz", packed), ("a.zip", (tmp_path / "whole.zip").read_bytes())):
        damaged = [raw[:cut] for cut in (1, len(raw) // 2, len(raw) - 1)]
        damaged += [raw[:at] + bytes([raw[at] ^ 0xFF]) + raw[at + 1 :] for at in range(60, len(raw) - 60, 97)]
        for broken in damaged:
            (tmp_path / name).write_bytes(broken)
            try:
                assert unpacked(tmp_path / name) == rows  # the damage hit nothing that is read
            except UnreadableError:
                refused += 1
    assert refused > 10


def test_a_locked_zip_is_refused(tmp_path: Path) -> None:
    raw = bytearray(zipped(tmp_path / "a.zip", {"a.csv": b"a\n"}).read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(raw)
    use_language("vi")
    with pytest.raises(UnreadableError, match="mật khẩu"):
        unpacked(tmp_path / "a.zip")


def test_a_zip_packed_in_a_way_that_few_read_is_to_be_packed_anew(tmp_path: Path) -> None:
    raw = bytearray(zipped(tmp_path / "a.zip", {"a.csv": b"a\n"}).read_bytes())
    raw[8] = raw[raw.index(b"PK\x01\x02") + 10] = 98  # PPMd, as some programs choose for texts
    (tmp_path / "a.zip").write_bytes(raw)
    use_language("vi")
    with pytest.raises(UnreadableError, match="hãy nén lại"):
        unpacked(tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("a.gz", gzip.compress(bytes(range(256)))[:-9], "bị cắt ngang; hãy gửi lại"),
        ("a.gz", gzip.compress(b"a") + b"more", "bị hỏng"),
        ("a.gz", b"asked_at\n", "không đúng loại"),
        ("a.zip", b"asked_at\n", "không đúng loại"),
    ],
)
def test_what_is_wrong_with_an_archive_is_said_in_the_readers_language(tmp_path: Path, name: str, raw: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(raw)
    use_language("vi")
    with pytest.raises(UnreadableError, match=said) as error:
        unpacked(tmp_path / name)
    assert "file" not in str(error.value)
