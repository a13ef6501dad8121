"""What is said of a file as a whole, of devices, and in the status bar."""

from typing import Final

from explorer.ui.help.meanings.meaning import Group, Meaning

FILE: Final = Group(
    "File",
    (
        Meaning(
            ("Entry",),
            "One state_dict of several that the file holds, such as model, ema or optimizer, by its place in the file.",
            "torch.save",
        ),
        Meaning(
            ("data only",),
            "The file names no code but what tensors and plain values are made of: torch.load with weights_only=True "
            "takes it.",
            "torch.load",
        ),
        Meaning(
            ("names code",), "The pickle names other code, which torch.load would run. Here it is listed and not run."
        ),
        Meaning(
            ("damaged",),
            "Bytes are missing or contradict each other. What can still be read is shown. Where it names code that is "
            "told; what could not be read may name any.",
        ),
        Meaning(
            ("not supported as a whole", "not readable as a whole", "cut short at a limit"),
            "Only a part of the file is shown: the rest is of an unknown kind, cannot be read, or would take more "
            "memory or time than a file may.",
        ),
        Meaning(
            ("Checksum",),
            "What came of comparing the stored checksum of the tensor's record with that of its bytes.",
            "CRC-32 of ISO 3309, as in zip archives",
        ),
        Meaning(("right",), "Both are the same."),
        Meaning(("wrong",), "They differ: the bytes are not what was saved."),
        Meaning(
            ("not recorded",), "The file has no checksum for it; the legacy layout and safetensors have none at all."
        ),
        Meaning(("not read",), "It could not be compared; the tool tip says why."),
        Meaning(("Share",), "Of all bytes of the file, rounded down."),
        Meaning(("Count",), "Tensors in a layer; of what is no tensor, records of the file."),
        Meaning(
            ("uses",),
            "A tensor that uses a part of its storage is a view of it: others may share the rest, and all of it was "
            "saved.",
            "torch.Tensor.untyped_storage; torch.save",
        ),
    ),
)

WORK: Final = Group(
    "Devices and work",
    (
        Meaning(("Device",), "As PyTorch names it: cpu, cuda:0.", "torch.device"),
        Meaning(
            ("Total", "Free"),
            "Memory of the device, all and unused, as the device tells it. Of cpu as the system does: all of this "
            "computer, or up to the limit of the container; free is what can be had without pushing others out.",
            "torch.cuda.mem_get_info, likewise of xpu; torch.mps; of cpu /proc/meminfo, and memory.max of the cgroup",
        ),
        Meaning(("Held here",), "Bytes of this window's file on the device."),
        Meaning(("What it is",), "The name that its maker gave it, or why it cannot be used."),
        Meaning(
            ("statistics",),
            "In the status bar: the share of the values that have been measured, the rate in bytes each second, and "
            "the time left at that rate.",
        ),
    ),
)
