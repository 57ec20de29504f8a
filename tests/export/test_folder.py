"""A folder put in place whole: what changed is replaced, what did not stays, a killed export is mended."""

import json
from pathlib import Path

import pytest

from pipeline.export.folder import ExportError, Replaced, begin, finish


def write(target: Path, **files: str) -> Replaced:
    new = begin(target)
    for name, text in files.items():
        (new / "csv").mkdir(exist_ok=True)
        (new / "csv" / name).write_text(text)
    return finish(
        new, target, {f"csv/{name}": len(text) for name, text in files.items()}, {"state_hash": "x"}
    )


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (folder / "csv").iterdir()}


def test_only_what_changed_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert write(target, a="1", b="2", c="3") == Replaced(written=4, unchanged=0, removed=0)
    before = {path.name: path.stat() for path in (target / "csv").iterdir()}
    assert write(target, a="1", b="2", c="3") == Replaced(written=0, unchanged=4, removed=0)
    assert write(target, a="1", b="4", d="5") == Replaced(written=3, unchanged=1, removed=1)
    assert contents(target) == {"a": "1", "b": "4", "d": "5"}
    kept = (target / "csv" / "a").stat()
    assert (kept.st_ino, kept.st_mtime_ns) == (before["a"].st_ino, before["a"].st_mtime_ns)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_that_was_changed_by_hand_is_written_again(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write(target, a="1", b="2")
    (target / "csv" / "a").write_text("9")
    assert write(target, a="1", b="2") == Replaced(written=1, unchanged=2, removed=0)
    assert contents(target) == {"a": "1", "b": "2"}


def test_the_manifest_lists_every_file(tmp_path: Path) -> None:
    write(tmp_path / "out", a="1")
    assert json.loads((tmp_path / "out" / "manifest.json").read_text()) == {
        "state_hash": "x",
        "files": [
            {
                "path": "csv/a",
                "sha256": "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
                "bytes": 1,
                "rows": 1,
            }
        ],
    }


def test_a_killed_export_leaves_the_old_folder_or_is_mended(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write(target, a="1")
    (begin(target) / "half").write_text("")  # killed while writing
    assert contents(target) == {"a": "1"}
    target.rename(tmp_path / ".out.old")  # killed between the two renames
    begin(target)
    assert contents(target) == {"a": "1"}
    assert write(target, a="1") == Replaced(written=0, unchanged=2, removed=0)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_with_anything_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("x")
    with pytest.raises(ExportError, match="holds no export"):
        begin(tmp_path / "mine")
    with pytest.raises(ExportError, match="holds no export"):
        begin(tmp_path / "mine" / "letter.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    (tmp_path / "empty").mkdir()
    assert write(tmp_path / "empty", a="1").written == 2
