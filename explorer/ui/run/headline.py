"""What came out of a run: what is not finite first, then the rest, and how to go on where it was cancelled."""

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from explorer.ui.kept_room import KeptLines, keep_room
from explorer.ui.text import set_tone


class Headline(QWidget):
    """Sentences, and a button.

    Attributes:
        not_finite: Which tensors hold NaN or infinity; hidden where none does.
        sentence: All else.
        go_on: Goes on comparing; whoever has the headline shows it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.not_finite = KeptLines()
        set_tone(self.not_finite, "bad")
        self.not_finite.hide()
        self.sentence = KeptLines()
        self.go_on = QPushButton("Go on")
        sentences = QVBoxLayout()
        sentences.setSpacing(2)
        sentences.addWidget(self.not_finite)
        sentences.addWidget(self.sentence)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 0)
        layout.addLayout(sentences, 1)
        layout.addWidget(self.go_on)
        keep_room(self.go_on)

    def say(self, sentence: str, not_finite: str, *, bad: bool) -> None:
        """Say something else.

        Args:
            sentence: What came out, or why nothing did.
            not_finite: "" for nothing.
            bad: The sentence says that it failed.
        """
        self.go_on.hide()
        self.not_finite.setText(not_finite)
        self.not_finite.setVisible(bool(not_finite))
        self.sentence.setText(sentence)
        set_tone(self.sentence, "bad" if bad else None)

    def shrink(self) -> None:
        """Keep no more room than what is said needs."""
        self.not_finite.shrink()
        self.sentence.shrink()
