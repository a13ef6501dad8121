"""The environment that the other programs live in, which are no dependencies: build/peers."""

import subprocess
import sysconfig
import venv
from pathlib import Path
from typing import Final

VERSIONS: Final = {
    "ckptkit": "0.3.0",
    "sft-cli": "0.2.2",
    "weightscope": "0.4.3",
    "torch-liberator": "0.2.1",
    "netron": "9.3.3",
}
_EXTRAS: Final = {"ckptkit": "[all]", "sft-cli": "[torch]"}


def make_environment(folder: Path) -> Path:
    """Install them, where that is not done yet; returns the environment's Python.

    PyTorch, NumPy and safetensors are those of the environment that runs this, which is only read: a second PyTorch
    would take gigabytes, and all programs compute with the same.
    """
    python = folder / "bin" / "python"
    wanted = [f"{name}{_EXTRAS.get(name, '')}=={version}" for name, version in VERSIONS.items()]
    note = folder / "installed.txt"
    if note.exists() and note.read_text("utf-8").split() == wanted:
        return python
    venv.create(folder, clear=True, with_pip=True)
    ask = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(ask, check=True, capture_output=True, text=True).stdout.strip())
    # What pip finds there is not installed again; the other programs' own packages come first.
    (packages / "zz_borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n", "utf-8")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *wanted], check=True)
    note.write_text("\n".join(wanted), "utf-8")
    return python
