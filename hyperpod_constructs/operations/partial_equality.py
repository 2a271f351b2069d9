"""Values of a template that are not known before deployment, compared with those that exist.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html
"""

from collections.abc import Mapping
from typing import Any

from hyperpod_constructs.model.tokens import is_unresolved


def with_pseudo_parameters(
    value: Any, arn: str, references: Mapping[str, str] | None = None
) -> Any:
    """A value of a template, with the partition, Region and account of an ARN.

    Args:
        value: The value.
        arn: An ARN of the account and Region.
        references: Values by logical ID, or logical ID and attribute such as `Role.Arn`.
    """
    _, partition, _, region, account, _ = arn.split(":", 5)
    known = {"AWS::Partition": partition, "AWS::Region": region, "AWS::AccountId": account}
    return _filled(value, {**(references or {}), **known})


def _filled(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_filled(each, known) for each in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        ((function, argument),) = value.items()
        name = argument if function == "Ref" else None
        if function == "Fn::GetAtt":
            name = argument if isinstance(argument, str) else ".".join(map(str, argument))
        if isinstance(name, str) and name in known:
            return known[name]
    return {
        key: _substituted(each, known) if key == "Fn::Sub" else _filled(each, known)
        for key, each in value.items()
    }


def _substituted(argument: Any, known: Mapping[str, str]) -> Any:
    if isinstance(argument, list):
        text, variables = argument
        return [_substituted(text, known), _filled(variables, known)]
    for name, value in known.items():
        argument = argument.replace(f"${{{name}}}", value)
    return argument


def is_known(value: Any) -> bool:
    """Whether no part of a value is a placeholder."""
    if isinstance(value, Mapping):
        return all(map(is_known, value.values()))
    if isinstance(value, list | tuple):
        return not is_unresolved(value) and all(map(is_known, value))
    return not is_unresolved(value)


def may_equal(before: Any, after: Any) -> bool | None:
    """Whether two values are equal. None if it depends on a placeholder in the second one."""
    if isinstance(before, list) and isinstance(after, list) and not is_unresolved(after):
        found = {may_equal(*pair) for pair in zip(before, after, strict=False)}
        return False if len(before) != len(after) else _all(found)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return _all({may_equal(before.get(key), after.get(key)) for key in {**before, **after}})
    if isinstance(after, Mapping | list) and not is_unresolved(after):
        return bool(before == after)
    return bool(before == after) if is_known(after) else None


def _all(found: set[bool | None]) -> bool | None:
    return False if False in found else None if None in found else True
