"""What a file is, by its first bytes; what it is called says nothing."""

import codecs
import errno
import os
import re
import stat
from typing import Final

from explorer.checkpoint.damage import AGAIN
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.pread import read_up_to
from explorer.checkpoint.protobuf import is_onnx, is_saved_model

HDF5: Final = b"\x89HDF\r\n\x1a\n"
"""How an HDF5 file begins, or goes on behind a block of its user's."""

_OURS: Final = "this program reads PyTorch and safetensors files"

GIT_LFS: Final = "run git lfs pull"
"""What helps where a pointer stands in a file's place."""

_KNOWN: Final[tuple[tuple[bytes, str, str], ...]] = (
    (b"\x89PNG\r\n", "a PNG picture", ""),
    (b"\xff\xd8\xff", "a JPEG picture", ""),
    (b"%PDF-", "a PDF document", ""),
    (HDF5[:6], "an HDF5 file, as Keras writes them", _OURS),
    (b"PK\x05\x06", "an empty zip archive", AGAIN),
    (b"GGUF", "a GGUF file, as llama.cpp reads them", _OURS),
    *((magic, "a file of old versions of llama.cpp (GGML)", _OURS) for magic in (b"lmgg", b"fmgg", b"tjgg", b"algg")),
    (b"\x12\x01\0\0\0\0\0\0", "a parameter file of MXNet", _OURS),
    (b"PAR1", "a Parquet table", ""),
    (b"SQLite format 3\0", "an SQLite database", ""),
    (b"\x04\x22\x4d\x18", "compressed with LZ4", "decompress it first"),
    *((magic, "compressed with zlib, as joblib does", "decompress it first") for magic in (b"\x78\x9c", b"\x78\xda")),
    (b"GIF8", "a GIF picture", ""),
    (b"\x1f\x8b", "compressed with gzip", "decompress it first"),
    (b"BZh", "compressed with bzip2", "decompress it first"),
    (b"\xfd7zXZ\x00", "compressed with xz", "decompress it first"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "decompress it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"),
    (b"Rar!", "a RAR archive", "unpack it first"),
    (b"\x7fELF", "a program or library", ""),
    (b"\x93NUMPY", "a NumPy array", "load it with numpy.load"),
)


def open_for_reading(path: str) -> tuple[int, os.stat_result]:
    """Open a regular file without ever waiting, for a FIFO or otherwise.

    Raises:
        CheckpointError: It is missing, no regular file, or may not be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise CheckpointError(*_why_not_opened(error), verdict="unreadable") from None
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode):
        os.close(descriptor)
        if stat.S_ISDIR(facts.st_mode):
            raise CheckpointError("This is a folder", "", "open a checkpoint file inside it", verdict="unreadable")
        kind = "a FIFO" if stat.S_ISFIFO(facts.st_mode) else "a device or socket"
        raise CheckpointError("This is not a file", f"it is {kind}", "open a checkpoint file", verdict="unreadable")
    return descriptor, facts


def _why_not_opened(error: OSError) -> tuple[str, str, str]:
    if error.errno == errno.ENOENT:
        return "The file does not exist", "", "check its name and folder"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "The file may not be read", "you lack the permission", "change its permissions or ask its owner"
    if error.errno == errno.ELOOP:
        return "The file cannot be reached", "its links lead in a circle", ""
    if error.errno == errno.ENXIO:
        return "This is not a file", "it is a socket or a device", "open a checkpoint file"
    return "The file cannot be opened", (error.strerror or "unknown error").lower(), ""


def not_a_checkpoint(start: bytes, file_nbytes: int) -> CheckpointError:
    """Say what a file is that no container recognises.

    Args:
        start: Its first bytes, up to 1,024.
        file_nbytes: Its size.
    """
    nothing = nothing_yet(start, file_nbytes)
    if nothing is not None:
        return nothing
    for magic, what, advice in _KNOWN:
        if start.startswith(magic):
            return CheckpointError("This is not a checkpoint", f"it is {what}", advice, verdict="unsupported")
    model = _other_model(start, file_nbytes)
    if model:
        return CheckpointError("This is not a checkpoint", f"it is {model}", _OURS, verdict="unsupported")
    return _text_or_unknown(start)


def nothing_yet(start: bytes, file_nbytes: int) -> CheckpointError | None:
    """Say where a file is still to be fetched: it is empty, or a pointer of Git LFS; None for any other.

    Args:
        start: Its first bytes, up to 1,024.
        file_nbytes: Its size.
    """
    if file_nbytes == 0:
        return CheckpointError("The file is empty", "", AGAIN)
    if start.startswith(b"version https://git-lfs"):
        written = re.search(rb"\nsize ([0-9]{1,15})\n", start)
        why = f"it stands for a file of {int(written[1]):,} bytes" if written else ""
        return CheckpointError("This is a Git LFS pointer, not the file itself", why, GIT_LFS)
    return None


def is_hdf5(descriptor: int, file_nbytes: int) -> bool:
    """Tell whether a file is HDF5 behind a block of its user's, as MATLAB writes them.

    Format: HDF5 File Format Specification 3.0, section II.A: the signature is at 0, or at 512 times a power of two.
    """
    place = 512
    while place + len(HDF5) <= file_nbytes:
        if read_up_to(descriptor, place, len(HDF5)) == HDF5:
            return True
        place *= 2
    return False


def _other_model(start: bytes, file_nbytes: int) -> str:
    """A model of another program that has no mark at its very beginning, in words; "" for anything else."""
    if start[4:8] == b"TFL3":
        return "a TensorFlow Lite model"
    if is_onnx(start, file_nbytes):
        return "an ONNX model"
    return "a TensorFlow SavedModel" if is_saved_model(start) else ""


def _text_or_unknown(start: bytes) -> CheckpointError:
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"<?xml") and b"<html" not in text:
        return CheckpointError("This is not a checkpoint", "it is XML text", "", verdict="unsupported")
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<!--")):
        return CheckpointError(
            "This is not a checkpoint", "it is a web page", "the download gave an error or asked for a login"
        )
    if text.startswith((b"{", b"[")):
        return CheckpointError("This is not a checkpoint", "it is JSON text", "", verdict="unsupported")
    if not start.strip(b"\0"):
        return CheckpointError("The file holds only zeros", "its contents were lost", AGAIN)
    if _is_text(start):
        return CheckpointError("This is not a checkpoint", "it is plain text")
    return CheckpointError("This is not a checkpoint", "its first bytes are those of no known format")


def _is_text(start: bytes) -> bool:
    """Whether a file begins as text does that people write."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(start)  # the last letter may be cut
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter in "\t\n\r\f" for letter in text)
