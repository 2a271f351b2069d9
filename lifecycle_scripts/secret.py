"""A secret of Secrets Manager: fetched when it is needed, never printed, never an argument."""

from __future__ import annotations

import json

from command import output_of, patiently
from lifecycle_error import LifecycleError

REGION_FIELD = 3
ARN_FIELDS = 7


class Secret:
    """The fields of a secret that is a JSON object."""

    def __init__(self, arn: str) -> None:
        self._arn = arn
        parts = arn.split(":")
        if len(parts) != ARN_FIELDS or parts[0] != "arn":
            raise LifecycleError(f"'{arn}' is not the ARN of a secret")
        # The role's credentials and the name service may come later than this node.
        text = patiently(lambda: self._fetch(parts[REGION_FIELD]))
        try:
            self._fields = json.loads(text)
        except ValueError:
            self._fields = None
        if not isinstance(self._fields, dict):
            raise LifecycleError(f"the secret {arn} is not a JSON object")

    def text(self, key: str) -> str:
        """A field; an error does not show what is there instead."""
        value = self._fields.get(key) if self._fields else None
        if not isinstance(value, str) or not value:
            raise LifecycleError(f"the secret {self._arn} has no text as its '{key}'")
        return value

    def optional_text(self, key: str) -> str | None:
        """A field, or None where there is none."""
        return self.text(key) if self._fields and self._fields.get(key) else None

    def _fetch(self, region: str) -> str:
        return output_of(
            "aws",
            "secretsmanager",
            "get-secret-value",
            "--secret-id",
            self._arn,
            "--region",
            region,
            "--query",
            "SecretString",
            "--output",
            "text",
        )
