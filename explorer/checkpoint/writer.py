"""Saves a copy of a checkpoint: a new file, written beside its place, compared with the source, and only then there."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.checkpoint.errors import SOUND, CheckpointError
from explorer.checkpoint.pickles.names import does_something
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.storages import Storage
from explorer.checkpoint.writing.archive import ArchiveWriter
from explorer.checkpoint.writing.asking import ask_for_plan
from explorer.checkpoint.writing.casting import Caster
from explorer.checkpoint.writing.content import Content
from explorer.checkpoint.writing.damage import SALVAGE, check_whole
from explorer.checkpoint.writing.expecting import expected_flat, expected_nested, said_of_dropped
from explorer.checkpoint.writing.flat import plan_flat_archive, plan_safetensors
from explorer.checkpoint.writing.new_file import NewFile
from explorer.checkpoint.writing.options import CAST_TO, NESTED, CopyMade, CopyOptions, device_problem, full_device
from explorer.checkpoint.writing.plan import Plan
from explorer.checkpoint.writing.salvage import tell_broken, whole_part
from explorer.checkpoint.writing.stretch import Stretch
from explorer.checkpoint.writing.telling import Telling, paced
from explorer.checkpoint.writing.verifying import Written, verify_copy
from explorer.progress import Report

SAFETENSORS: Final = ".safetensors"
"""The extension by which the format of the copy is chosen, in capitals as well."""

_WHY_NOT_WHOLE: Final = {
    "torchscript": "it is a TorchScript program, of which devices and keys are a part",
    "torch.package": "it is a torch.package, whose code belongs to its tensors",
    "tar": "PyTorch no longer loads its format, that of 0.1",
    "pickle": "it is a plain pickle",
    "sharded": "it has several state_dicts",
}


def write_copy(checkpoint: Checkpoint, out: Path, options: CopyOptions, report: Report) -> CopyMade:
    """Write a copy of a checkpoint, and compare it with the source before it gets its name.

    Nothing of the source is run, and it is only read. Whatever fails leaves no file behind. A name that ends in
    ``.safetensors`` makes one of these, with the tensors of one entry; any other a zip archive as torch.save writes it.

    Args:
        checkpoint: The source, as it was opened.
        out: The new file; there may be nothing of that name yet.
        options: What is to be another than in the source.
        report: Told of the bytes; asked at least every few MiB whether to go on.

    Raises:
        CheckpointError: It cannot be copied so, or the new file cannot be written.
        Cancelled: `report` said so.
        Exception: Whatever `CopyOptions.names` raises.
    """
    out = out.absolute()
    options = _checked(checkpoint, options)
    safetensors = out.suffix.lower() == SAFETENSORS
    entry = _entry(checkpoint, options)
    flat = _one_state_dict(checkpoint, entry, options, safetensors=safetensors)
    broken: list[int] = []
    began = time.monotonic()
    with NewFile(out, checkpoint.path) as new:
        if flat is not None and options.salvage:
            flat, broken = whole_part(checkpoint, flat, report)
        if flat is None:
            check_whole(checkpoint)
            plan = ask_for_plan(checkpoint, options, report)
        else:
            plan = (plan_safetensors if safetensors else plan_flat_archive)(checkpoint, flat, options)
            tell_broken(checkpoint, broken, plan)
            if does_something(checkpoint.code) and flat.kind == "state_dict":
                plan.warnings.append(
                    "The file names code, so only tensors were written, without what stands beside them."
                )
        new.need(plan.nbytes)
        caster = None if options.dtype is None else Caster(options.dtype, checkpoint.files[-1].byteorder)
        with Content(checkpoint, caster) as content:
            written = (_write_plain if safetensors else _write_archive)(plan, content, new, report)
            content.check_unchanged()
        new.finish(report)
        seconds = time.monotonic() - began
        copy = open_checkpoint(new.temporary, report)
        if flat is None:
            should_hold = expected_nested(checkpoint, options, plan)
            plan.warnings += said_of_dropped(checkpoint, options, plan)
        else:
            should_hold = expected_flat(checkpoint, flat.numbers, plan)
        expected = list(paced(should_hold, len(checkpoint.tensors), "tensors listed", report))
        verified = verify_copy(checkpoint, copy, written, expected, options, report)
        new.publish()
    return CopyMade(
        out=out,
        nbytes=new.nbytes,
        tensors=len(copy.tensors),
        dropped=len(checkpoint.tensors) - len(copy.tensors),
        dropped_keys=tuple(plan.dropped),
        renamed=sum(old != new for old, new in (plan.names or {}).items()),
        retagged=plan.retagged,
        devices=copy.saved_devices,
        source_devices=checkpoint.saved_devices,
        cast=verified.tensors - verified.same,
        overflowed=0 if caster is None else caster.overflowed,
        flushed=0 if caster is None else caster.flushed,
        warnings=(*plan.warnings, *_lost(caster, options.dtype), *_kept(copy)),
        code=copy.code,
        seconds=seconds,
        verified=verified,
    )


def _checked(checkpoint: Checkpoint, options: CopyOptions) -> CopyOptions:
    """The options, where they make sense for the file."""
    if options.salvage:
        # The part of a storage that a tensor spans may be all that is there.
        options = replace(options, compact=True)
    elif checkpoint.verdict not in SOUND:
        why = checkpoint.message or f"it is {checkpoint.verdict}"
        whole = len(checkpoint.tensors.unreadable) < len(checkpoint.tensors)
        advice = SALVAGE if whole else ""
        raise CheckpointError("A damaged file is not copied", why.rstrip("."), advice, verdict=checkpoint.verdict)
    if options.dtype is not None and options.dtype not in CAST_TO:
        why = f"{options.dtype[:80]!r} is none of {', '.join(CAST_TO)}"
        raise CheckpointError("The copy was not begun", why, verdict="unsupported")
    if options.device is None:
        return options
    problem = device_problem(options.device)
    if problem is not None:
        raise CheckpointError("The copy was not begun", problem, verdict="unsupported")
    return replace(options, device=full_device(options.device))


def _entry(checkpoint: Checkpoint, options: CopyOptions) -> Entry | None:
    """The entry that is meant: that of the options, else the one that is shown first."""
    if options.entry is None:
        return checkpoint.chosen
    entry = checkpoint.entry(options.entry)
    if entry is None and options.entry:
        known = ", ".join(repr(each.path) for each in checkpoint.entries[:8]) or "none"
        raise CheckpointError(f"The file has no entry {options.entry[:80]!r}", f"it has {known}", verdict="unsupported")
    return entry


def _one_state_dict(
    checkpoint: Checkpoint, entry: Entry | None, options: CopyOptions, *, safetensors: bool
) -> Entry | None:
    """The entry that alone is written, flat; None where the nesting of the source is kept."""
    if options.salvage and entry is not None:
        return entry
    if not safetensors and checkpoint.container in NESTED:
        # One that is taken out of what names code is to name none.
        alone = entry is not None and (entry.kind == "module" or does_something(checkpoint.code))
        return entry if alone and options.entry is not None else None
    if entry is None and options.entry is not None and checkpoint.entries:
        known = ", ".join(repr(each.path) for each in checkpoint.entries[:8])
        advice = f"name one with --entry: {known}"
        raise CheckpointError(
            "The top of the file is no state_dict", "it only holds some", advice, verdict="unsupported"
        )
    if entry is None:
        raise CheckpointError("There is nothing to copy", "the file lists no tensors", verdict="unsupported")
    whole = checkpoint.container == "safetensors" or (checkpoint.container == "sharded" and entry.path == "")
    if not (safetensors or whole or options.entry is not None):
        why = _WHY_NOT_WHOLE.get(checkpoint.container, "of its format only state_dicts are")
        advice = f"take out one of its state_dicts: --entry {entry.path!r}"
        raise CheckpointError("The file is not copied as a whole", why, advice, verdict="unsupported")
    return entry


def _kept(copy: Checkpoint) -> Iterator[str]:
    """What of the source is in the copy that somebody may not want there, as a sentence."""
    if copy.code:
        named = ", ".join(copy.code[:3])[:200] + (" …" if len(copy.code) > 3 else "")
        yield f"The copy names the same code as the source: {named}. A copy of one state_dict alone names none."


def _lost(caster: Caster | None, dtype: str | None) -> Iterator[str]:
    """What a cast lost, as sentences."""
    if caster is None:
        return
    if caster.overflowed:
        become = "infinite or NaN" if caster.saturates is None else f"at most {caster.saturates:g}"
        yield f"{caster.overflowed:,} stored values are too large for {dtype}: they are {become} in the copy."
    if caster.flushed:
        yield f"{caster.flushed:,} stored values are too small for {dtype}: they are 0 in the copy."
    if caster.unsigned:
        why = f"{caster.unsigned:,} stored values are negative or 0, which {dtype} cannot be"
        yield f"{why}: they are positive in the copy."


def _write_archive(plan: Plan, content: Content, new: NewFile, report: Report) -> list[Written]:
    archive = ArchiveWriter(new.write, new.take)
    telling = Telling(plan.nbytes, "bytes written", report)
    written = []
    for record in plan.records:
        position, nbytes = new.nbytes, record.written_nbytes
        pieces = content.pieces(record, copied=record.known_crc is not None)
        archive.add(record.name, nbytes, telling.pass_on(pieces), record.known_crc)
        written.append(Written(record, Storage(0, position, nbytes, nbytes, "zip-stored")))
    archive.finish()
    return written


def _write_plain(plan: Plan, content: Content, new: NewFile, report: Report) -> list[Written]:
    """Write records one behind the other."""
    telling = Telling(plan.nbytes, "bytes written", report)
    written = []
    for record in plan.records:
        nbytes = record.written_nbytes
        written.append(Written(record, Storage(0, new.nbytes, nbytes, nbytes, "raw")))
        for block in telling.pass_on(content.pieces(record, copied=True)):
            if isinstance(block, Stretch):
                new.take(block)
            else:
                new.write(block)
    return written
