"""How text gets onto the clipboard."""

from PySide6.QtGui import QGuiApplication


def put_on_clipboard(text: str) -> bool:
    r"""Put a text on the clipboard: as it is, whatever characters it has.

    Args:
        text: Any string. A lone surrogate, which is half of a character and which no clipboard can hold, becomes the
            six characters that stand for it in Python and JSON, as in ``"\ud800"``; Qt would leave it out.

    Returns:
        Whether all of it could be put there as it is.
    """
    carried = text.encode("utf-8", "backslashreplace").decode("utf-8")
    QGuiApplication.clipboard().setText(carried)
    return carried == text


def copy_text(text: str) -> str:
    """Put a text on the clipboard; what is to be said of it, "" for nothing."""
    if not text:
        return "Nothing is selected that could be copied."
    if not put_on_clipboard(text):
        return 'Halves of characters, which no clipboard can hold, were copied as in "\\ud800".'
    return ""
