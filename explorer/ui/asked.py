"""What a command line asks a window for, beside a file to open."""

import argparse
import sys
from pathlib import Path

from explorer.loading.model_file import call_with
from explorer.ui.load_test.asked_test import AskedTest
from explorer.ui.main_window import MainWindow


def show_asked(window: MainWindow, arguments: argparse.Namespace) -> None:
    """Show the panel that the arguments ask for, and test-load what they name.

    Args:
        window: With a file open, or about to be.
        arguments: Of the command line.
    """
    if len(arguments.others) > 1:
        window.full_views.compare_run([arguments.file, *arguments.others])
    elif arguments.others:
        _compare(window, arguments)
    elif arguments.panel == "comparison":
        window.pages.setCurrentWidget(window.compare)
    elif arguments.panel == "problems":
        window.problems.show()
    if arguments.model is None:
        if arguments.panel == "load-test":
            window.pages.setCurrentWidget(window.load_test)
        return
    file, name = arguments.model
    expression = arguments.build
    if expression is None and arguments.args:
        expression = call_with(name, arguments.args)
    if arguments.python != Path(sys.executable):
        window.load_test.use_python(arguments.python)
    if arguments.entry is not None:
        window.session.show_entry(arguments.entry)
    inputs = "; ".join(each.written for each in arguments.forward or ())
    values = arguments.values or arguments.forward is not None
    asked = AskedTest(file.absolute(), name, expression, arguments.strict, tuple(arguments.rules), values, inputs)
    window.pages.setCurrentWidget(window.load_test)
    window.load_test.begin(asked, trusted=arguments.trust)


def _compare(window: MainWindow, arguments: argparse.Namespace) -> None:
    window.pages.setCurrentWidget(window.compare)
    window.compare.rows.focus()
    if arguments.view is not None:
        window.compare.pair.show_as(arguments.view)
    window.compare.compare_with(arguments.others[0], arguments.select)
