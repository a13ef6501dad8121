"""What the bytes of a file are: in Bytes beside the overview, and by the command info."""

from typing import Final

from explorer.analysis.file_bytes import REST_NAMES
from explorer.checkpoint.file_records import RecordKind
from explorer.ui.help.meanings.meaning import Group, Meaning
from explorer.ui.space.words import TOP

_REST: Final[dict[RecordKind, tuple[str, str]]] = {
    "pickle": ("Names, shapes, and what is no tensor, as Python's pickle writes it.", "Python documentation, pickle"),
    "header": ("The list of names, shapes and places that a safetensors file begins with.", "safetensors, Format"),
    "directory": ("The list of its records at the end of the archive.", "PKWARE, APPNOTE.TXT: central directory"),
    "code": ("The program of a TorchScript or torch.package archive. It is not run.", "torch.jit.save; torch.package"),
    "storage": ("Values that no tensor in the list refers to.", "torch.storage.UntypedStorage"),
    "other": ("What is none of these, such as version, byteorder and whatever was added to the archive.", ""),
}

SPACE: Final = Group(
    "Bytes of the file",
    (
        Meaning(
            ("Tensors", "tensors"),
            "What tensors use of their storages, each byte once, with the indices and scales that belong to them. By "
            "entry, where there are several: what two share is with the first.",
        ),
        Meaning(
            (
                "Parts of storages that no tensor uses",
                "used by no tensor",
                "unused parts of storages",
            ),
            "A slice of a tensor was saved with all of the storage that it is a part of.",
            "torch.save",
        ),
        Meaning(
            ("Everything else", "everything else", "rest"),
            "All that lies in no storage of a tensor: of what kinds stands below it.",
        ),
        *(Meaning((name,), *_REST[kind]) for kind, name in REST_NAMES.items()),
        Meaning(
            ("Record headers and alignment",),
            "Before each record of a zip archive its name and size, and padding, usually to a multiple of 64 bytes. Of "
            "shards all that is between tensors.",
            "PKWARE, APPNOTE.TXT: local file header; torch.save",
        ),
        Meaning(
            ("Counts before storages",),
            "Eight bytes before each storage of the legacy layout: how many elements it has.",
            "torch.save before PyTorch 1.6",
        ),
        Meaning(("Between tensors",), "Bytes of a safetensors file that no tensor has.", "safetensors, Format"),
        Meaning(("The pickle around the values",), "Of a plain pickle, which has its values within it."),
        Meaning(("Pickles and tar headers",), "Of the tar archives of PyTorch 0.1.", "torch.save"),
        Meaning(
            ("Pickles and archives around the chunks",),
            "Of a folder of torch.distributed.checkpoint, whose files have chunks of tensors.",
            "torch.distributed.checkpoint",
        ),
        Meaning(("Tensors by dtype",), "The bytes of tensors again, by what numbers they hold.", "torch.dtype"),
        Meaning(("Largest layers", "Largest tensors"), "Some of the same bytes again: where most of them are."),
        Meaning((TOP,), "The entry whose tensors are in no other: the file is its state_dict."),
    ),
)
