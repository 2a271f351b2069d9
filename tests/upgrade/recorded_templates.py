"""The templates that the first release wrote for the apps, with the assets of today.

A recorded template has `<asset 0>`, `<asset 1>` and so on in place of the hashes of its assets, in
the order of their appearance.
"""

import json
import re
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "recorded"
_HASH = re.compile(r"\b[0-9a-f]{64}\b")


def recorded(name: str, template: dict[str, Any]) -> dict[str, Any]:
    """The recorded template of an app, with the assets of its template of today."""
    text = (_FOLDER / f"{name}.template.json").read_text()
    today = json.dumps(template, indent=1, sort_keys=True)
    hashes = dict.fromkeys(_HASH.findall(today))
    for index, digest in enumerate(hashes):
        text = text.replace(f"<asset {index}>", digest)
    assert "<asset " not in text, "the template of today has fewer assets"
    result: dict[str, Any] = json.loads(text)
    return result
