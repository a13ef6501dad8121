"""One file of any container: recognised by its first bytes, parsed as far as its container goes."""

from typing import Final

from explorer.checkpoint.containers.archives import open_archive
from explorer.checkpoint.containers.found import Found
from explorer.checkpoint.containers.legacy import OLD_MAGIC
from explorer.checkpoint.containers.plain import open_pickle, open_text_pickle
from explorer.checkpoint.containers.safetensors import Header, looks_like_safetensors, read_header
from explorer.checkpoint.containers.tar import is_tar, open_tar
from explorer.checkpoint.damage import cut_in_pickle
from explorer.checkpoint.limits import limit_time
from explorer.checkpoint.pickles.damage import CutPickleError
from explorer.checkpoint.pickles.unpickler import PROTO
from explorer.checkpoint.pread import read_up_to
from explorer.checkpoint.recognise import HDF5, is_hdf5, not_a_checkpoint

START: Final = 1_024
"""Bytes that tell what a file is."""


def parse_file(descriptor: int, file_nbytes: int, names: dict[str, None]) -> Found | Header:
    """Read the structure of a file.

    Args:
        descriptor: The file, open for reading.
        file_nbytes: Its size.
        names: Takes every name of code that its pickles ask for, also when reading fails.

    Returns:
        A header of safetensors, or what its pickles hold.

    Raises:
        CheckpointError: It is no checkpoint, or damaged. A damaged pickle raises anything.
    """
    start = read_up_to(descriptor, 0, START)
    if looks_like_safetensors(start, file_nbytes):
        limit_time(int.from_bytes(start[:8], "little"))
        return read_header(descriptor, file_nbytes)
    limit_time(min(file_nbytes, 1 << 27))
    if start.startswith(b"PK\x03\x04"):
        return open_archive(descriptor, file_nbytes, names)
    if is_tar(start):
        return open_tar(descriptor, file_nbytes, names)
    with open(descriptor, "rb", buffering=1 << 20, closefd=False) as stream:
        stream.seek(0)  # what was read may have moved it
        if start.startswith((PROTO, OLD_MAGIC)):
            try:
                return open_pickle(stream, file_nbytes, names)
            except CutPickleError:
                raise cut_in_pickle(file_nbytes) from None
        refusal = not_a_checkpoint(HDF5 if is_hdf5(descriptor, file_nbytes) else start, file_nbytes)
        return open_text_pickle(stream, file_nbytes, names, refusal)
