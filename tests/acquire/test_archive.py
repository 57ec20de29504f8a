"""The archive keeps every byte, once, under its hash, and gives back nothing else."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.acquire.archive import Archive, ArchiveError, is_sidecar, read_verified, safe_name

PDF = b"%PDF-1.4 not much of a report"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "raw")


def put(folder: Path, name: str, content: bytes = PDF) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_file_is_copied_under_year_and_hash_with_a_manifest(archive: Archive, tmp_path: Path) -> None:
    original = put(tmp_path, "某局2023年部门决算.pdf")
    file = archive.add_content(
        original.read_bytes(),
        original.name,
        source="portal",
        page_url="https://example.org/p",
        title="决算公开",
    )
    digest = hashlib.sha256(PDF).hexdigest()
    assert file.path == tmp_path / "raw" / "2023" / f"{digest[:16]}_某局2023年部门决算.pdf"
    assert file.is_new
    assert read_verified(file) == PDF
    assert original.read_bytes() == PDF
    manifest = json.loads(file.path.with_name(file.path.name + ".json").read_bytes())
    assert {key: manifest[key] for key in ("sha256", "bytes", "file_type", "original_name", "source")} == {
        "sha256": digest,
        "bytes": 29,
        "file_type": "pdf",
        "original_name": "某局2023年部门决算.pdf",
        "source": "portal",
    }
    assert (manifest["page_url"], manifest["title"], manifest["year_hint"]) == (
        "https://example.org/p",
        "决算公开",
        2023,
    )
    assert file.path.stat().st_mode & 0o222 == 0


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("2022年度部门决算.pdf", "2022"),
        ("二〇二一年决算.pdf", "2021"),
        ("final-2024.pdf", "2024"),
        ("P020230905.pdf", "unknown"),
        ("2022年决算与2023年预算.pdf", "unknown"),
        ("report.pdf", "unknown"),
        ("1999年决算.pdf", "unknown"),
    ],
)
def test_the_name_chooses_the_folder(archive: Archive, tmp_path: Path, name: str, folder: str) -> None:
    assert archive.add_file(put(tmp_path, name)).year == folder


def test_the_same_bytes_are_kept_once_whatever_their_name_and_year(archive: Archive, tmp_path: Path) -> None:
    first = archive.add_file(put(tmp_path, "2022年.pdf"))
    again = archive.add_file(put(tmp_path, "2023年.pdf"))
    assert again.path == first.path
    assert not again.is_new
    assert Archive(archive.root).add_file(put(tmp_path, "x.pdf"), year=2020).path == first.path
    assert [file.path for file in archive.list_files()] == [first.path]


def test_a_file_in_the_archive_is_registered_where_it_lies(archive: Archive) -> None:
    digest = hashlib.sha256(PDF).hexdigest()
    path = put(archive.root / "2021", f"{digest[:16]}_sample.pdf")
    file = archive.add_file(path)
    assert file.path == path
    assert file.manifest.original_name == "sample.pdf"
    assert [entry.name for entry in path.parent.iterdir() if not entry.name.endswith(".json")] == [path.name]
    assert not archive.add_file(path).is_new


def test_a_name_that_is_not_the_hash_of_the_content_is_refused(archive: Archive) -> None:
    path = put(archive.root / "2021", "0123456789abcdef_sample.pdf")
    with pytest.raises(ArchiveError, match=r"the name says 0123456789abcdef, the content is [0-9a-f]{16}"):
        archive.add_file(path)
    assert archive.list_files() == []


def test_a_changed_file_is_never_given_back(archive: Archive, tmp_path: Path) -> None:
    file = archive.add_file(put(tmp_path, "a.pdf"))
    file.path.chmod(0o644)
    file.path.write_bytes(PDF + b"!")
    with pytest.raises(ArchiveError, match="not what was archived"):
        read_verified(file)
    file.path.unlink()
    with pytest.raises(ArchiveError, match="restore it"):
        read_verified(file)


def test_listing_is_by_year_and_leaves_the_inbox_out(archive: Archive, tmp_path: Path) -> None:
    put(archive.root / "inbox", "waiting.pdf")
    for name, content in (("2022年.pdf", b"a"), ("2021年.pdf", b"b"), ("other.pdf", b"c")):
        archive.add_file(put(tmp_path, name, content))
    assert [file.year for file in archive.list_files()] == ["2021", "2022", "unknown"]
    assert [file.manifest.original_name for file in archive.list_files("2022")] == ["2022年.pdf"]
    assert len(archive.list_files()) == 3


def test_two_archives_over_one_folder_see_each_others_files(archive: Archive, tmp_path: Path) -> None:
    other = Archive(archive.root)
    assert other.list_files() == []
    first = archive.add_file(put(tmp_path, "2022年.pdf"))
    assert other.find(first.sha256) is not None
    assert not other.add_file(put(tmp_path, "copy.pdf")).is_new


def test_taking_from_the_inbox_moves_the_file(archive: Archive) -> None:
    path = put(archive.root / "inbox", "2022年.pdf")
    file = archive.take_from_inbox(path)
    assert not path.exists()
    assert read_verified(file) == PDF
    assert file.manifest.source == "inbox"
    again = archive.take_from_inbox(put(archive.root / "inbox", "again.pdf"))
    assert again.path == file.path
    assert not (archive.root / "inbox" / "again.pdf").exists()


def test_an_unreadable_path_is_told(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="cannot be read"):
        archive.add_file(tmp_path / "missing.pdf")


def test_a_json_file_is_kept_like_any_other(archive: Archive, tmp_path: Path) -> None:
    file = archive.add_file(put(tmp_path, "data.json", b"{}"))
    assert [entry.path for entry in archive.list_files()] == [file.path]
    assert not is_sidecar(file.path)
    assert is_sidecar(file.path.with_name(file.path.name + ".json"))


def test_a_damaged_manifest_is_told(archive: Archive, tmp_path: Path) -> None:
    file = archive.add_file(put(tmp_path, "a.pdf"))
    file.path.with_name(file.path.name + ".json").write_text("{")
    with pytest.raises(ArchiveError, match="no manifest"):
        archive.list_files()


def test_writers_in_two_processes_keep_one_copy(archive: Archive, tmp_path: Path) -> None:
    sources = [put(tmp_path, f"{year}年.pdf") for year in range(2010, 2018)]
    code = (
        "import sys; from pathlib import Path; from pipeline.acquire.archive import Archive\n"
        "Archive(Path(sys.argv[1])).add_file(Path(sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, str(archive.root)]
    running = [subprocess.Popen([*command, str(source)]) for source in sources]
    assert [process.wait() for process in running] == [0] * 8
    assert len(archive.list_files()) == 1
    assert len(list(archive.root.rglob("*_*.pdf"))) == 1


@given(st.text(max_size=300))
def test_a_safe_name_stays_inside_its_folder(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= 195
    assert not set(safe) & set('/\\:*?"<>|\x00\n')
    assert Path("folder", safe).parent == Path("folder")
    assert safe not in (".", "..")


def test_a_long_chinese_name_keeps_its_extension() -> None:
    safe = safe_name("决" * 200 + ".pdf")
    assert safe == "决" * 58 + ".pdf"


def test_a_file_whose_writer_was_killed_before_the_manifest_is_completed_not_doubled(
    archive: Archive,
) -> None:
    left = archive.root / "2022" / f"{hashlib.sha256(PDF).hexdigest()[:16]}_left.pdf"
    put(left.parent, left.name)
    put(left.parent, ".new.abc", PDF[:5])
    file = archive.add_content(PDF, "又名2023年.pdf")
    assert (file.path, file.is_new) == (left, True)
    archive.add_content(PDF + b"2", "别的2022年.pdf")
    names = sorted(path.suffix for path in archive.root.rglob("*") if path.is_file() and path.name != ".lock")
    assert names == [".json", ".json", ".pdf", ".pdf"]  # what was half written is swept away
