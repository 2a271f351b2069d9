"""Shows the constructors of value classes in the API reference, as those of dataclasses."""

from typing import Any

import griffe


class ValueClasses(griffe.Extension):
    """Reads the decorator `value_class` as `dataclass`."""

    def on_class_instance(self, *, cls: griffe.Class, **_: Any) -> None:
        """Replaces the decorator of a class before its constructor is derived."""
        for decorator in cls.decorators:
            call = decorator.value
            if isinstance(call, griffe.ExprCall) and str(call.function) == "value_class":
                call.function = griffe.ExprName("dataclasses.dataclass")

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:
        """Moves fields with `kw_only=False`, which griffe does not support, to the front."""
        init = cls.members.get("__init__")
        if not isinstance(init, griffe.Function) or not cls.decorators:
            return
        this, *parameters = init.parameters
        for parameter in parameters:
            field = cls.members.get(parameter.name)
            if isinstance(field, griffe.Attribute) and "kw_only=False" in str(field.value):
                parameter.kind = griffe.ParameterKind.positional_or_keyword
        ordered = sorted(parameters, key=lambda each: each.kind.name == "keyword_only")
        init.parameters = griffe.Parameters(this, *ordered)
