"""Tags in the conditions of policies.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
"""

import re
from collections.abc import Iterator

from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tags import tag_key_problems, tag_value_problems
from hyperpod_constructs.model.tokens import is_unresolved
from hyperpod_constructs.model.type_checks import text

_POLICY_VARIABLE = r"\$\{aws:PrincipalTag/[^{}]+\}"


def tag_condition_problems(
    key_path: str, key: object, value_path: str, value: object
) -> Iterator[Problem]:
    """The key of a condition is known at synthesis. A value can be a tag of the person.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    yield from text(key_path, key)
    if isinstance(key, str):
        if is_unresolved(key):
            yield Problem(
                code="TagKey",
                path=key_path,
                value=key,
                message="must be known at synthesis, since condition keys contain it",
                fix="use a key such as 'team'",
            )
        yield from tag_key_problems(key_path, key)
    yield from text(value_path, value)
    if isinstance(value, str) and not re.fullmatch(_POLICY_VARIABLE, value):
        yield from tag_value_problems(value_path, value)
