"""A file that is written beside its place and appears there only when it is whole, or not at all."""

import contextlib
import errno
import os
import secrets
import shutil
import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from explorer.checkpoint.errors import CheckpointError
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.checkpoint.writing.stretch import Stretch

SYNC_EVERY: Final = 1 << 26
"""So many bytes are written before they are sent to the disk, so that little is left to wait for at the end."""

BUFFER: Final = 1 << 20
"""So many bytes of small pieces are written at once."""

POLL_S: Final = 0.02
"""Seconds between two looks at whether the disk has all."""

NOTHING_LEFT: Final = "nothing was left behind"

_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_NO_LINKS: Final = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV} | {
    errno.EINVAL  # by which Python tells most of what Windows refuses
}


class NewFile:
    """The file while it is written.

    Nothing that exists is ever overwritten: the file gets its name by a link, which fails where there is one; on file
    systems without links the name is first taken by an empty file, made only where there is none, which then gives way.

    Attributes:
        temporary: Where it is until it is whole.
        nbytes: How many were written.
    """

    def __init__(self, out: Path, source: Path) -> None:
        """See whether there is nothing at its place; the temporary file is made when it is entered.

        Args:
            out: Its place.
            source: The checkpoint that is copied, which is never written to.

        Raises:
            CheckpointError: There is something.
        """
        self._out = out
        if os.path.lexists(out):
            same = _leads_to(out, source)
            why = "it leads to the checkpoint that is copied" if same else "only new files are written"
            raise CheckpointError(f"{_quoted(out)} exists already", why, "give another name", verdict="unreadable")
        # A name may have 255 bytes, however few characters these are.
        begin = out.name if len(os.fsencode(out.name)) < 200 else "copy"
        self.temporary = out.with_name(f".{begin}.{secrets.token_hex(4)}.part")
        self.nbytes = 0
        self._buffer = bytearray()
        self._open = False

    def __enter__(self) -> Self:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        try:
            self._descriptor = os.open(self.temporary, flags, 0o666)
            self._open = True
            self._syncing = _Syncing(self._descriptor)
        except OSError as error:
            raise self._failed(error) from None
        except BaseException:  # the program is asked to end just now
            self.temporary.unlink(missing_ok=True)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._syncing.stop()
        self._close()
        if os.name == "nt":
            self._syncing.ended.wait()  # there, what is open cannot be removed
        with contextlib.suppress(FileNotFoundError):
            self.temporary.unlink()

    def need(self, nbytes: int) -> None:
        """Make sure that there is room for so many bytes.

        Raises:
            CheckpointError: There is not.
        """
        free = shutil.disk_usage(self._out.parent).free
        if free < nbytes:
            why = f"{nbytes:,} bytes are needed there and {free:,} are free"
            raise CheckpointError(
                f"There is no room for {_quoted(self._out)}", why, "make room or choose another disk", verdict="limit"
            )

    def write(self, data: bytes | memoryview) -> None:
        """Append bytes.

        Raises:
            CheckpointError: The disk is full, or they cannot be written.
        """
        self.nbytes += len(data)
        if len(data) < BUFFER:
            self._buffer += data
            if len(self._buffer) < BUFFER:
                return
        self._flush()
        if len(data) >= BUFFER:
            self._write_now(memoryview(data).cast("B"))

    def take(self, stretch: "Stretch") -> None:
        """Append a run of another file's bytes.

        Raises:
            CheckpointError: As of `write`, or they cannot be read.
        """
        self._flush()
        try:
            stretch.copy_to(self._descriptor)
        except OSError as error:
            raise self._failed(error) from None
        self.nbytes += len(stretch)
        self._syncing.written(self.nbytes)

    def finish(self, report: Report) -> None:
        """Wait until the disk has all.

        Args:
            report: Asked meanwhile whether to go on.

        Raises:
            CheckpointError: It does not take them.
            Cancelled: `report` said so.
        """
        self._flush()
        self._syncing.finish()
        while not self._syncing.ended.wait(POLL_S):
            report(self.nbytes, self.nbytes, "bytes written")
        if self._syncing.failure is not None:
            raise self._failed(self._syncing.failure)

    def publish(self) -> None:
        """Give the file its name; nothing more can be written.

        Raises:
            CheckpointError: There is something of that name by now, or the file system does not do it.
        """
        self._close()  # Windows renames nothing that is open
        try:
            try:
                os.link(self.temporary, self._out)
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                self._take_name()
            _sync_folder(self._out.parent)
        except FileExistsError:
            what = f"{_quoted(self._out)} was made by another program meanwhile"
            raise CheckpointError(what, NOTHING_LEFT, "give another name", verdict="unreadable") from None
        except OSError as error:
            raise self._failed(error) from None

    def _take_name(self) -> None:
        """Take the name by an empty file, made only where there is none, and put the whole one in its place."""
        os.close(os.open(self._out, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        try:
            self.temporary.replace(self._out)
        except OSError:
            self._out.unlink()
            raise

    def _close(self) -> None:
        if self._open:
            self._open = False
            os.close(self._descriptor)

    def _flush(self) -> None:
        if self._buffer:
            self._write_now(memoryview(bytes(self._buffer)))
            self._buffer.clear()

    def _write_now(self, view: memoryview) -> None:
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            raise self._failed(error) from None
        self._syncing.written(self.nbytes)

    def _failed(self, error: OSError) -> CheckpointError:
        what = f"{_quoted(self._out)} was not written"
        if error.errno in _FULL:
            return CheckpointError(what, f"the disk is full; {NOTHING_LEFT}", "make room", verdict="limit")
        if error.errno == errno.EFBIG:
            why = f"the system does not let a file become so large; {NOTHING_LEFT}"
            return CheckpointError(what, why, "choose another disk", verdict="limit")
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return CheckpointError(what, "its folder does not exist", "make it first", verdict="unreadable")
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return CheckpointError(
                what, "nothing may be written in its folder", "choose another one", verdict="unreadable"
            )
        said = (error.strerror or "unknown error").lower()
        return CheckpointError(what, f"{said}; {NOTHING_LEFT}", verdict="unreadable")


class _Syncing:
    """Sends to the disk what was written, on a thread of its own: to wait for a disk takes as long as it likes.

    Attributes:
        ended: All was sent, or it failed.
        failure: Why it failed.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = os.dup(descriptor)
        self._asked = threading.Condition()
        self._written = self._sent = 0
        self._last = self._stopped = False
        self.ended = threading.Event()
        self.failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
        self._thread.start()

    def written(self, nbytes: int) -> None:
        with self._asked:
            self._written = nbytes
            if nbytes - self._sent >= SYNC_EVERY:
                self._asked.notify()

    def finish(self) -> None:
        with self._asked:
            self._last = True
            self._asked.notify()

    def stop(self) -> None:
        """End, after what is being sent now; that is not waited for."""
        with self._asked:
            self._stopped = True
            self._asked.notify()

    def _run(self) -> None:
        try:
            while True:
                with self._asked:
                    self._asked.wait_for(self._has_work)
                    if self._stopped:
                        return
                    written, last = self._written, self._last
                (os.fsync if last else _sync_data)(self._descriptor)
                self._sent = written
                if last:
                    return
        except OSError as error:
            self.failure = error
        finally:
            os.close(self._descriptor)
            self.ended.set()

    def _has_work(self) -> bool:
        return self._stopped or self._last or self._written - self._sent >= SYNC_EVERY


_sync_data: Final = getattr(os, "fdatasync", os.fsync)


def _sync_folder(folder: Path) -> None:
    """Have the disk keep the name too; Windows does that by itself, and cannot open a folder."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):  # not every folder may be opened, nor can every file system do it
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _leads_to(out: Path, source: Path) -> bool:
    try:
        return out.samefile(source)
    except OSError:
        return False


def _quoted(path: Path) -> str:
    return repr(path.name)
