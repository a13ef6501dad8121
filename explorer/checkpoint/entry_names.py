"""The names that training scripts give to entries, and that we do."""

from typing import Final

STATE_NAMES: Final = ("state_dict", "model_state_dict", "model_state", "network_state_dict")
"""Keys that no layer has."""

ENTRY_NAMES: Final = (*STATE_NAMES, "model", "net", "weights")
"""Keys under which training scripts keep the model, the likeliest first."""

ATTRIBUTES: Final = "attributes"
"""The kind of an entry that holds tensors which were set as attributes on another one."""
