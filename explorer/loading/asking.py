"""Asks a trial to load, in as many attempts as it takes, each with a model that is made anew."""

import re
import time
from typing import Any

from explorer.loading.warm_trial import WarmTrial
from explorer.progress import Report

Answer = dict[str, Any]


def ask_to_load(trial: WarmTrial, request: dict[str, Any], report: Report, seconds: float) -> Answer:
    """Make the model and load: as asked, and once more leniently where that raised, for the lists.

    Lazy parameters take their shapes from a load, and a failed one has copied a part: so the second model is another.

    Args:
        trial: Of the model's file.
        request: As the trial takes it, but for what is tried.
        report: Called with the stage.
        seconds: To wait at most, for all of it.

    Returns:
        Of the trial's answers what `report.report_of` takes; ``looks_at_values`` is what it raised that it might not
        with the values of the file, or None.

    Raises:
        TrialError: It could not be tested.
        Cancelled: By `report`.
    """
    begin = time.monotonic()

    def attempt(device: str, *, lenient: bool = False) -> Answer:
        asked = {**request, "do": "load", "device": device, "lenient": lenient}
        return trial.ask(asked, report, seconds, since=begin)

    found: Answer = {"why_not_meta": "tensors of the checkpoint are sparse, nested or quantized"}
    why = ""
    if not request["odd"] and '"quantized"' not in str(request["inside"]):
        found = attempt("meta")
    if "model" not in found:
        why = str(found["why_not_meta"])
        found = attempt("cpu")
    raised = found["raised"]
    lists = found if raised is None else attempt(found["device"], lenient=True)
    said = lists["raised"]
    if said is None and lists["missing"] is None:
        said = f"The model's own load_state_dict returns a {lists['returned']}, and no lists of keys."
    missing = lists["missing"] or []
    wrong = {key for key, *_ in found["size_mismatch"]}
    arrived, unclear, taken = (set(found[each]) for each in ("arrived", "unclear", "taken"))
    if raised is not None:
        # What would arrive, but for what it raises first.
        arrived |= set(lists["arrived"]) - wrong
        taken |= set(lists["taken"]) - wrong
    without_values = not request["real"] and not request["keys"]
    return {
        **found,
        "rows": [*found["rows"], *(row for row in found["hidden"] if row[0] in missing)],
        "why_not_meta": found["why_not_meta"] or why,
        "unlisted": said,
        "missing": missing,
        "unexpected": lists["unexpected"] or [],
        # A hook may have brought the checkpoint's shape to the model's.
        "size_mismatch": [each for each in found["size_mismatch"] if each[0] not in arrived | unclear],
        "arrived": sorted(arrived),
        "unclear": sorted(unclear),
        "taken": sorted(taken),
        "looks_at_values": _needs_values(raised, said, found["device"]) if without_values else None,
    }


def _needs_values(raised: str | None, said: str | None, device: str) -> str | None:
    """What it raised that it might not with the values of the file, or None."""
    for words in (raised, said):
        if raised is None or words is None:
            continue
        # Neither are the usual lists of it, nor a hook that looks for a key.
        own = not words.startswith(("Error(s) in loading", "KeyError"))
        if (own and device == "cpu") or (
            (own or "an exception occurred : " in words) and re.search(r"\bmeta\b", words, re.IGNORECASE)
        ):
            return words
    return None
