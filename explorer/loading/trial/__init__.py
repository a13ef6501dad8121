"""The child process that runs the user's model file: a program of its own, for the user's interpreter.

That has Python 3.9 and torch 2.1 on, and nothing else: only the standard library and torch are used here. It is started
as ``python -I __main__.py``, which makes this folder a package under a name that no model file imports.

It contains accidents and is no sandbox: the code that it runs may do whatever its user may.
"""
