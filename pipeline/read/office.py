"""Word files of the old kind (.doc, .rtf), made into .docx by LibreOffice.

Belongs here: running LibreOffice under a time limit, with a profile and a folder of its own. Does not:
reading what it makes (`word`). Which LibreOffice it is, is no part of the reader's fingerprint.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import msgspec

from pipeline.file_type import ole_stream
from pipeline.read.document import Document, UnreadableError

SECONDS = 120
"""A file of 100 pages takes about ten seconds, most of them the start of the program."""

_PROGRAMS = ("soffice", "libreoffice")
_FLAGS, _ENCRYPTED = 10, 0x01
"""Where a Word file has its flags, and the one in their second byte for a password ([MS-DOC] 2.5.2)."""


def read_doc(path: Path, max_pages: int, file_type: str) -> Document:
    """Read a Word file of the old kind; `file_type` is `doc` or `rtf`.

    Raises UnreadableError: `encrypted`, `no_converter`, `conversion_failed`, and what `read_docx` raises.
    """
    from pipeline.read.word import read_docx

    data = path.read_bytes()
    if file_type == "doc":
        _refuse_encrypted(path.name, data)
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        raise UnreadableError(
            "no_converter",
            f"{path.name} is a Word file of the old kind, which needs LibreOffice to be read. Install "
            "LibreOffice (soffice) and ingest it again, or save the file as DOCX or PDF and ingest that.",
        )
    with tempfile.TemporaryDirectory(prefix="fiscal-office-") as folder:
        source = Path(folder, f"source.{file_type}")
        source.write_bytes(data)
        made = Path(folder, "source.docx")
        _convert(program, source, Path(folder), path.name)
        if not made.exists():
            raise _failed(path.name, "it made no file")
        try:
            document = read_docx(made, max_pages, file_type)
        except UnreadableError as error:
            message = str(error).replace(made.name, path.name)
            raise UnreadableError(error.reason, message, error.page) from error
    return msgspec.structs.replace(document, sha256=hashlib.sha256(data).hexdigest())


def _refuse_encrypted(name: str, data: bytes) -> None:
    stream = ole_stream(data, "WordDocument")
    if len(stream) < _FLAGS + 2:
        raise UnreadableError("damaged", f"{name} is no intact Word file. Fetch the file again.")
    if stream[_FLAGS + 1] & _ENCRYPTED:
        raise UnreadableError(
            "encrypted", f"{name} is protected by a password. Save a copy without password and ingest that."
        )


def _convert(program: str, source: Path, folder: Path, name: str) -> None:
    """Run LibreOffice; `name` is the file's own, for the message."""
    command = [
        program, "--headless", "--norestore", "--nolockcheck", "--nodefault",
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--convert-to", "docx", "--outdir", str(folder), str(source),
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,  # the program starts another, which is to end with it
        env={**os.environ, "HOME": str(folder)},
    )
    try:
        _, errors = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired as error:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise _failed(name, f"it took more than {SECONDS} seconds") from error
    if process.returncode != 0:
        lines = errors.decode("utf-8", "replace").strip().splitlines()
        raise _failed(name, lines[-1] if lines else f"exit code {process.returncode}")


def _failed(name: str, why: str) -> UnreadableError:
    return UnreadableError(
        "conversion_failed",
        f"{name} could not be made into DOCX by LibreOffice ({why}). Ingest it again, or save it as DOCX or "
        "PDF and ingest that.",
    )
