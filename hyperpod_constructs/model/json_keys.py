"""JSON whose objects have each key once. Parsers use the last of several values without a word."""

import json
from collections import Counter
from typing import Any


def parse_json(text: str | bytes) -> tuple[Any, list[str]]:
    """The value of a JSON text, and the keys that an object has more than once.

    Raises:
        ValueError: If the text is not JSON.
        RecursionError: If it has too many levels.
    """
    repeated: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        numbers = Counter(key for key, _ in pairs)
        repeated.extend(sorted(key for key, number in numbers.items() if number > 1))
        return dict(pairs)

    return json.loads(text, object_pairs_hook=once), repeated
