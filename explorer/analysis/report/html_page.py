"""What pages for a browser have in common: one file that needs nothing else, no script, no picture, no other file."""

from datetime import datetime
from html import escape
from typing import Final

from explorer import __version__, formatting

NAME: Final = 1_000
"""Characters that are kept of a name from a file."""

_STYLE: Final = """
:root { color-scheme: light dark; --window: #f5f6f8; --panel: #fff; --line: #e1e4e8; --text: #1f2328; --muted: #5c656e;
  --accent: #2360c4; --bars: #5a8fe8; --b: #a0520a; --good: #27704a; --caution: #8a5600; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --window: #1a1d21; --panel: #22262b; --line: #353b43; --text: #e4e7eb;
  --muted: #9da7b1; --accent: #6ea4ff; --bars: #5b8fe6; --b: #f0a35e; --good: #6cc58f; --caution: #e0b052;
  --bad: #ff7b72; } }
body { margin: 24px auto; max-width: 1100px; padding: 0 16px; background: var(--window); color: var(--text);
  font: 14px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5em; margin: 0 0 8px; } h2 { font-size: 1.1em; margin: 24px 0 8px; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 12px 16px;
  margin: 12px 0; overflow-x: auto; }
p { margin: 4px 0; overflow-wrap: anywhere; } .muted, .note, small { color: var(--muted); }
  code { overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; color: var(--muted); font-weight: 600; } td, th { padding: 4px 8px; vertical-align: top;
  border-bottom: 1px solid var(--line); } .n { text-align: right; white-space: nowrap; } .k { overflow-wrap: anywhere; }
.s { white-space: nowrap; } .a { color: var(--accent); font-weight: 600; } .b { color: var(--b); font-weight: 600; }
.identical { color: var(--good); } .differs { color: var(--b); } .not_finite, .unread { color: var(--bad); }
.dtype, .shape, .only_a, .only_b { color: var(--caution); } .close { color: var(--muted); }
svg text { font: 12px system-ui, sans-serif; fill: var(--text); } svg .q { fill: var(--muted); }
svg .bar { fill: var(--bars); } svg .same { fill: none; stroke: var(--good); } svg .hatch { stroke: var(--good); }
summary { cursor: pointer; } .bad { color: var(--bad); } .caution { color: var(--caution); }
.layer td { font-weight: 600; } svg .line { stroke: var(--line); } svg .axis { stroke: var(--muted); }
svg .pale { fill: var(--bars); opacity: 0.4; } svg .thin { stroke: var(--muted); } svg .mid { stroke: var(--text); }
svg .other { fill: none; stroke: var(--b); stroke-width: 1.5; } svg .moved { fill: var(--b); stroke: var(--line); }
svg .zero { fill: none; stroke: var(--panel); stroke-dasharray: 4 2; }
svg .dot { fill: var(--accent); } svg .ring { fill: var(--b); }
"""

END: Final = "</body>\n</html>\n"


def head_of(title: str) -> str:
    """The page's beginning, up to its body.

    Args:
        title: Any text.
    """
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        # Even if something in it could ask for anything, it would get nothing.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
    )


def made_by() -> str:
    """By what a page was made, and when."""
    return f"Made by Checkpoint Explorer {__version__} on {datetime.now().astimezone():%Y-%m-%d at %H:%M %Z}."


def as_html(text: str) -> str:
    """A text that may hold names from a file: escaped, and what is invisible in it made visible."""
    return escape(formatting.plain(text))


def named(name: str, limit: int = NAME) -> str:
    """A name from a file: likewise, in one line."""
    return escape(formatting.visible(name, limit) or formatting.UNNAMED)
