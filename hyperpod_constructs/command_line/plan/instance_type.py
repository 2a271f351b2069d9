"""Instance types as options name them."""

_PREFIX = "ml."


def full_type(text: str) -> str:
    """The name of a type or family with the prefix of SageMaker AI, which people omit."""
    return text if text.startswith(_PREFIX) else f"{_PREFIX}{text}"
