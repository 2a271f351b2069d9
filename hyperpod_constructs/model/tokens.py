"""Detection of values that are known only at deployment, without CDK.

CDK encodes such a value as a string, a list of one string, a number in a reserved range, or an
object that resolves itself.
Source: https://docs.aws.amazon.com/cdk/v2/guide/tokens.html
"""

_SMALLEST_TOKEN_NUMBER = -1.9490628022799996e289
_LARGEST_TOKEN_NUMBER = -1.8881545897087498e289


def is_unresolved(value: object) -> bool:
    """Whether `value` is, or contains, a value that is known only at deployment."""
    if isinstance(value, str):
        return "${Token[" in value
    if isinstance(value, float):
        return _SMALLEST_TOKEN_NUMBER <= value <= _LARGEST_TOKEN_NUMBER
    if value is None or isinstance(value, int):
        return False
    if isinstance(value, list | tuple):
        return len(value) == 1 and isinstance(value[0], str) and "#{Token[" in value[0]
    return hasattr(type(value), "creation_stack")
