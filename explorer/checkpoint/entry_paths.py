"""Paths of entries: their keys as one text, as JSON pointers (RFC 6901) write them, without the first "/".

"" is the top. Only a path whose first key is "" keeps its first "/", as the pointer has it: ``{"": {...}}`` has the
entry "/", which would else be taken for the top. So each text stands for one list of keys.
"""


def entry_path(keys: tuple[str, ...]) -> str:
    """Keys joined by "/", with "~" and "/" inside a key written ~0 and ~1; an empty first key behind a "/"."""
    joined = "/".join(key.replace("~", "~0").replace("/", "~1") for key in keys)
    return f"/{joined}" if keys and not keys[0] else joined


def entry_keys(path: str) -> tuple[str, ...]:
    """The keys that a path of `entry_path` stands for."""
    if not path:
        return ()
    return tuple(key.replace("~1", "/").replace("~0", "~") for key in path.removeprefix("/").split("/"))
