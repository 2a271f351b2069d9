"""The word that is meant by a misspelled one."""

from collections.abc import Iterable


def likely_word(given: str, words: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The word with the most similar letters, if any is similar enough.

    Args:
        given: The misspelled word.
        words: The words.
        cutoff: Required similarity, from 0 to 1.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only wrong input needs it

    return next(iter(get_close_matches(given, list(words), n=1, cutoff=cutoff)), None)
