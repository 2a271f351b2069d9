"""Python expressions of the values of a model."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, field, fields, is_dataclass
from enum import Enum
from typing import Any

from hyperpod_constructs.model.groups.capacity import Capacity
from hyperpod_constructs.model.groups.life_cycle_config import LifeCycleConfig
from hyperpod_constructs.model.groups.software import Seconds
from hyperpod_constructs.model.groups.storage import EbsVolume, Gibibytes
from hyperpod_constructs.model.references import (
    AlarmReference,
    KeyReference,
    RoleReference,
    SecretReference,
    SecurityGroupReference,
    SubnetReference,
)
from hyperpod_constructs.model.value_class import value_class

from .python_source import Call, Expression, Name, assignment

_AMOUNTS = {Gibibytes: "cdk.Size.gibibytes", Seconds: "cdk.Duration.seconds"}
_COMPLETE_SECRET_ARN = re.compile(r".*-[A-Za-z0-9]{6}")


@value_class(frozen=True, slots=True)
class _Import:
    """How CDK imports an existing resource.

    Attributes:
        module: Module of aws_cdk, and its alias in the app.
        function: Import function.
        variable: Name of the variable, and of the construct in title case.
        named: Additional arguments.
    """

    module: tuple[str, str]
    function: str
    variable: str
    named: Mapping[str, Expression] = field(default_factory=dict)


_IMPORTS = {
    RoleReference: _Import(
        ("aws_iam", "iam"), "Role.from_role_arn", "execution_role", {"mutable": False}
    ),
    KeyReference: _Import(("aws_kms", "kms"), "Key.from_key_arn", "key"),
    SubnetReference: _Import(("aws_ec2", "ec2"), "Subnet.from_subnet_id", "subnet"),
    SecurityGroupReference: _Import(
        ("aws_ec2", "ec2"),
        "SecurityGroup.from_security_group_id",
        "security_group",
        {"mutable": False},
    ),
    SecretReference: _Import(
        ("aws_secretsmanager", "secretsmanager"), "Secret.from_secret_complete_arn", "secret"
    ),
    AlarmReference: _Import(("aws_cloudwatch", "cloudwatch"), "Alarm.from_alarm_name", "alarm"),
}


class Surroundings:
    """Resources outside the cluster, each imported once by a statement.

    Attributes:
        modules: Modules of aws_cdk that the statements use, and their aliases.
        statements: Statements, in the order of first use.
    """

    def __init__(self) -> None:
        self.modules: set[tuple[str, str]] = set()
        self.statements: list[str] = []
        self._variables: dict[tuple[str, str], Name] = {}

    def variable(self, module: tuple[str, str], variable: str, value: Call, *, key: str) -> Name:
        """Variable of an imported resource.

        Args:
            module: Module of aws_cdk, and its alias.
            variable: Name of the variable. A number is added if the name is in use.
            value: Call, without scope and ID.
            key: Identifier of the resource.
        """
        known = self._variables.get((variable, key))
        if known is not None:
            return known
        number = sum(1 for name, _ in self._variables if name == variable) + 1
        suffix = "" if number == 1 else str(number)
        name = Name(f"{variable}{suffix}")
        id_ = variable.title().replace("_", "") + suffix
        self.modules.add(module)
        self.statements.append(
            assignment(
                name.text,
                Call(value.function, [Name("stack"), id_, *value.positional], value.named),
            )
        )
        self._variables[variable, key] = name
        return name

    def expression(self, value: Any) -> Expression:
        """Expression that creates a value."""
        known = _known(value)
        if known is not None:
            return known
        if type(value) in _IMPORTS:
            return self.imported(value)
        if isinstance(value, Mapping):
            return {key: self.expression(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.expression(each) for each in value]
        if is_dataclass(value):
            is_root = isinstance(value, EbsVolume) and value.root_volume
            factory = ".root" if is_root else ""
            without = ["root_volume"] if is_root else []
            return self.construction(f"hp.{type(value).__name__}{factory}", value, *without)
        return value  # type: ignore[no-any-return]

    def construction(self, function: str, value: Any, *without: str) -> Call:
        """Call that creates a value, with the arguments that differ from the defaults.

        Args:
            function: Function to call.
            value: Value to create.
            *without: Arguments to omit.
        """
        written = [
            each
            for each in fields(value)
            if each.name not in without and getattr(value, each.name) != _default(each)
        ]
        return Call(
            function,
            [self.expression(getattr(value, each.name)) for each in written if not each.kw_only],
            {
                each.name: self.expression(getattr(value, each.name))
                for each in written
                if each.kw_only
            },
        )

    def imported(self, reference: Any, variable: str | None = None) -> Name:
        """Variable of the resource of a reference.

        Args:
            reference: Reference to the resource.
            variable: Name of the variable. Defaults to a name for the type of the resource.
        """
        how = _IMPORTS[type(reference)]
        (known_by,) = (getattr(reference, each.name) for each in fields(reference))
        function = how.function
        if isinstance(reference, SecretReference) and not _COMPLETE_SECRET_ARN.fullmatch(known_by):
            function = "Secret.from_secret_partial_arn"
        return self.variable(
            how.module,
            variable or how.variable,
            Call(f"{how.module[1]}.{function}", [known_by], how.named),
            key=known_by,
        )


def _known(value: object) -> Expression:
    """Expression of a value with a name or a factory method, else None."""
    if isinstance(value, Enum):
        return Name(f"hp.{type(value).__name__}.{value.name}")
    if isinstance(value, Gibibytes | Seconds):
        return Call(_AMOUNTS[type(value)], [value.amount])
    if isinstance(value, Capacity):
        return _capacity(value)
    if isinstance(value, LifeCycleConfig) and value.is_none:
        return Call("hp.LifeCycleConfig.none")
    return None


def _capacity(capacity: Capacity) -> Call:
    if capacity.training_plan_arn is not None:
        return Call("hp.Capacity.training_plan", [capacity.training_plan_arn])
    return Call("hp.Capacity.spot" if capacity.is_spot else "hp.Capacity.on_demand")


def _default(each: "Field[Any]") -> object:
    return each.default if each.default_factory is MISSING else each.default_factory()
