"""Icons, the application icon, the desktop file and the example: data only.

The icons are outlines on a grid of 16, each painted in #000000 alone, since Qt's SVG knows no currentColor: to give
one another colour, replace that text in the file before rendering it.
"""
