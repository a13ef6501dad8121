"""Where the keyboard is in a view that has nothing to go through yet: on what says so, or on what goes on."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget


class WaitingKeyboard:
    """Has it go from what says that something is done to what can be done then.

    Whoever hides what has the keyboard has it leave first: Qt gives it to whatever stands beside.
    """

    def __init__(self, view: QWidget, places: Sequence[QWidget], cancel: QWidget) -> None:
        """Begin.

        Args:
            view: Which it is about.
            places: Where it is while there is nothing to go through: the first of them that is shown.
            cancel: Gives up what is done; it is hidden with that.
        """
        self._view = view
        self._places = places
        self._cancel = cancel

    @property
    def waits(self) -> bool:
        """It is in this view, and the user has not put it elsewhere."""
        focused: QWidget | None = self._view.window().focusWidget()
        if not self._view.isVisible():
            return False
        return focused is None or not focused.isVisible() or focused in (*self._places, self._cancel)

    def go_to(self, place: QWidget) -> None:
        """Show a place, and go to it, if the keyboard waits.

        Args:
            place: One of those it waits at.
        """
        place.show()
        if self.waits and place.isVisible():
            place.setFocus()

    def leave(self, part: QWidget) -> None:
        """Go out of a part of the view in which there is nothing any more."""
        if self._view.isVisible() and part.isAncestorOf(self._view.window().focusWidget()):
            self.take()

    def take(self) -> None:
        """Go to the first place that is shown."""
        place = next((each for each in self._places if each.isVisible()), None)
        if place is not None:
            place.setFocus()
