"""What the checks of an account find, without connections."""

from typing import Any

from hyperpod_constructs.command_line.models import read_model
from hyperpod_constructs.operations.account import Account
from hyperpod_constructs.operations.preflight.check import Finding, run_checks
from hyperpod_constructs.operations.preflight.checks import CHECKS
from hyperpod_constructs.operations.preflight.planned import Planned
from hyperpod_constructs.operations.reads import Reads
from tests.aws.cloud import Cloud

from .prepared import ACCOUNT, REGION, Prepared


class OfEmulator(Account):
    """The account of the emulator, without connections."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(region=REGION)
        object.__setattr__(self, "cloud", cloud)

    def client(self, service: str) -> Any:
        return self.cloud.client(service)  # type: ignore[attr-defined]


def findings(
    prepared: Prepared, form: str | None = None, *, role: str | None = None
) -> list[Finding]:
    """What the checks find, as the administrator or as a role."""
    model = read_model(prepared.request, form)
    assert model is not None
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:cluster/none"
    planned = Planned.of(prepared.request, model, form, arn)
    return list(
        run_checks(CHECKS, planned, Reads(OfEmulator(prepared.emulator.cloud.acting_as(role))))
    )
