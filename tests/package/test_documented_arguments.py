"""Every argument of a public class or method is documented where it is, and the same everywhere."""

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import hyperpod_constructs as hp
from hyperpod_constructs.model.node_steps.lifecycle_steps import LifecycleSteps

FACTORIES = [hp.InstanceGroup.controller, hp.InstanceGroup.login, hp.InstanceGroup.worker]
OF_ITS_OWN = {"name", "instance_type", "count", "partition"}


def entries(documented: Any) -> dict[str, str]:
    """The entries below `Args:` or `Attributes:` of a docstring, each on one line."""
    text = inspect.getdoc(documented) or ""
    section = re.split(r"^(?:Args|Attributes):\n", text, maxsplit=1, flags=re.MULTILINE)[-1]
    found = re.findall(r"^    (\w+): (.*\n?(?:      .*\n?)*)", section, re.MULTILINE)
    return {name: " ".join(each.split()) for name, each in found}


def documented() -> Iterator[tuple[str, Any]]:
    for name in hp.__all__:
        public = getattr(hp, name)
        yield name, public
        for member_name in vars(public) if inspect.isclass(public) else ():
            member = getattr(public, member_name)
            if not member_name.startswith("_") or member_name == "__init__":
                yield f"{name}.{member_name}", member


@pytest.mark.parametrize(
    ("name", "text"), [(name, inspect.getdoc(each) or "") for name, each in documented()]
)
def test_no_argument_refers_to_another_page(name: str, text: str) -> None:
    described, _, _ = text.partition("\nRaises:")

    assert not re.search(r": Same as for|: As for", described), name


@pytest.mark.parametrize("factory", FACTORIES, ids=lambda each: each.__name__)
def test_a_factory_documents_its_options_as_the_class_does(factory: Callable[..., Any]) -> None:
    of_class, own = entries(hp.InstanceGroup), entries(factory)
    options = {name: text for name, text in own.items() if name not in OF_ITS_OWN}

    assert options == {name: of_class[name] for name in options}
    assert {"volumes", "execution_role", "life_cycle_config", "auto_patch"} <= options.keys()


@pytest.mark.parametrize("factory", FACTORIES, ids=lambda each: each.__name__)
def test_a_factory_takes_every_option_it_documents(factory: Callable[..., Any]) -> None:
    defaults = hp.InstanceGroup("defaults")
    options = {name: getattr(defaults, name) for name in entries(factory)}
    options |= {"name": "group", "instance_type": "ml.m5.xlarge"}

    assert factory(**options).name == "group"


def test_workers_have_more_options() -> None:
    more = entries(hp.InstanceGroup.worker).keys() - entries(hp.InstanceGroup.login).keys()

    assert more == {"partition", "instance_types", "min_count", "capacity", "deep_health_checks"}


def test_shared_arguments_of_restricted_groups_are_documented_the_same() -> None:
    of_class, own = entries(hp.InstanceGroup), entries(hp.RestrictedInstanceGroup)
    differing = {name for name, text in own.items() if of_class.get(name) != text}

    assert differing == {"capacity", "execution_role", "lustre"}


def test_the_steps_are_documented_as_their_class_does() -> None:
    of_class, own = entries(LifecycleSteps), entries(hp.LifecycleScripts.default)

    assert of_class.keys() <= own.keys()
    for name, text in of_class.items():
        assert own[name].startswith(text), name
