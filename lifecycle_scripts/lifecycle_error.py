"""The one exception of these scripts."""


class LifecycleError(Exception):
    """Why the node cannot be prepared, in one line: the last one of its log."""
