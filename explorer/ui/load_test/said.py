"""A sentence in the place of the report, with what Python says below it, and what can be done about it."""

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from explorer import formatting
from explorer.ui import theme
from explorer.ui.message_page import MessagePage


class Said(MessagePage):
    """Stands where the report will be.

    Attributes:
        words: What Python says.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Look at it again…", parent, shows="test-load")
        self.words = QPlainTextEdit(readOnly=True)
        self.words.setFont(theme.fixed_font())
        self.words.setAccessibleName("What Python says")
        self.column.insertWidget(self.column.count() - 1, self.words, 4)

    def tell(self, sentence: str, details: str = "", *, again: bool = False) -> None:
        """Say something else.

        Args:
            sentence: What there is to say.
            details: What Python says of it; "" for nothing.
            again: Whether there is a model file that could be looked at once more.
        """
        self.say(formatting.plain(sentence), offer=again, failed=bool(details))
        self.words.setPlainText(formatting.plain(details))
        self.words.setVisible(bool(details))
