"""A name as the filter takes it."""


def by_name(name: str) -> str:
    """What to type to find what has these characters in its name."""
    quoted = name.replace('"', '""')
    return f'name:"{quoted}"'
