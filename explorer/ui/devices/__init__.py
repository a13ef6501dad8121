"""Devices in the window: the menu that moves tensors, what is asked before, and the table of devices."""
