"""Whose work the program uses and ships, and on which terms."""

from typing import Final

LICENCES: Final[dict[str, tuple[str, str]]] = {
    "Checkpoint Explorer": ("checkpoint-explorer", "MIT, with its icons"),
    "PySide6, Qt and Shiboken": ("PySide6-Essentials", "LGPL 3.0 (or GPL, or commercial)"),
    "pyqtgraph": ("pyqtgraph", "MIT"),
    "NumPy": ("numpy", "BSD 3-Clause"),
    "PyTorch": ("torch", "BSD 3-Clause"),
    "Python": ("python", "PSF License 2"),
    "Images of the example": ("", "CC BY 4.0: E. Alpaydin and C. Kaynak, 1998, by way of scikit-learn"),
}
"""By name: the package, and its terms. Nothing but the program, its icons and its example is shipped with it."""
