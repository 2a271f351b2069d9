"""The emulator does what AWS does, row by row."""

from collections.abc import Iterator

import pytest

from tests.aws.conformance import scenarios
from tests.aws.conformance.scenario import Scenario
from tests.aws.emulator import Emulator


@pytest.fixture(autouse=True)
def clean(cloud: Emulator) -> Iterator[None]:
    yield
    cloud.forget()


def case(scenario: Scenario) -> object:
    marks = [] if scenario.missing is None else [pytest.mark.xfail(reason=scenario.missing)]
    return pytest.param(scenario, id=f"{scenario.row} {scenario.name}", marks=marks)


@pytest.mark.parametrize("scenario", [case(each) for each in scenarios()])
def test_agrees(cloud: Emulator, scenario: Scenario) -> None:
    outcome = scenario.run(cloud)
    assert outcome.result == scenario.expected, outcome.told
    assert scenario.says in outcome.told
