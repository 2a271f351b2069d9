"""Values of a template as CloudFormation would create them, as far as the template says so."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_BUCKET = "AWS::S3::Bucket"
_SUBSTITUTION = re.compile(r"\$\{(!?)([^}]*)\}")


@dataclass(frozen=True)
class Concrete:
    """Converts values of a template to text.

    A value that only the deployment knows is a name such as `<Key.Arn>`, the same for all
    references to it.

    Attributes:
        template: Content of the template.
        region: Region of the stack.
        account: Account of the stack.
    """

    template: Mapping[str, Any]
    region: str
    account: str

    def text(self, value: Any) -> str:
        """A value as text."""
        match value:
            case str():
                return value
            case {"Ref": str(name), **rest} if not rest:
                return self._reference(name)
            case {"Fn::GetAtt": attribute, **rest} if not rest:
                names = attribute.split(".") if isinstance(attribute, str) else attribute
                return self._attribute(*map(self.text, names))
            case {"Fn::Join": [str(separator), list(parts)], **rest} if not rest:
                return separator.join(map(self.text, parts))
            case {"Fn::Sub": str() | [str(), Mapping()] as argument, **rest} if not rest:
                text, variables = (argument, {}) if isinstance(argument, str) else argument
                return self._substituted(text, variables)
            case _:
                return f"<{json.dumps(value, sort_keys=True, default=str)}>"

    def every(self, value: Any) -> Any:
        """A value, with texts instead of the functions within it."""
        if isinstance(value, list):
            return [self.every(each) for each in value]
        if not isinstance(value, Mapping):
            return value
        is_function = len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))
        if is_function:
            return self.text(value)
        return {key: self.every(each) for key, each in value.items()}

    def _reference(self, name: str) -> str:
        known = {
            "AWS::Partition": "aws",
            "AWS::Region": self.region,
            "AWS::AccountId": self.account,
            "AWS::URLSuffix": "amazonaws.com",
        }
        return known.get(name) or self._bucket_name(name) or f"<{name}>"

    def _attribute(self, name: str, *attribute: str) -> str:
        bucket = self._bucket_name(name)
        if bucket is not None and attribute == ("Arn",):
            return f"arn:aws:s3:::{bucket}"
        return f"<{'.'.join([name, *attribute])}>"

    def _bucket_name(self, logical_id: str) -> str | None:
        resource = self.template.get("Resources", {}).get(logical_id, {})
        if resource.get("Type") != _BUCKET:
            return None
        name = resource.get("Properties", {}).get("BucketName")
        return None if name is None else self.text(name)

    def _substituted(self, text: str, variables: Mapping[str, Any]) -> str:
        def value(match: re.Match[str]) -> str:
            name = match[2]
            if match[1]:
                return f"${{{name}}}"
            if name in variables:
                return self.text(variables[name])
            logical_id, *attribute = name.split(".")
            return self._attribute(logical_id, *attribute) if attribute else self._reference(name)

        return _SUBSTITUTION.sub(value, text)
