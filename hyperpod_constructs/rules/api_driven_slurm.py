"""Rules for API-driven Slurm clusters.

Source, unless a rule names another:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterAccountingDatabase.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.cluster import ClusterValues
from hyperpod_constructs.model.orchestrator import ApiDrivenSlurm
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.slurm.accounting_database import AccountingDatabase
from hyperpod_constructs.model.value_checks import pattern_problems, range_problems

from .basis import Basis
from .queries import CONTINUOUS, is_continuous, is_known, may_be_continuous
from .rule import rule

_LABEL = r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HOST_NAME = rf"{_LABEL}(\.{_LABEL})*"
_DATABASE_NAME = r"[a-zA-Z0-9$_]+"
_MAX_PORT = 65535


@rule(basis=Basis.AWS_PAGE)
def strategy_and_mode(model: ClusterValues) -> Iterator[Problem]:
    """Continuous provisioning supports no strategy.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-scaling-slurm.html
    """
    if (
        isinstance(model.orchestrator, ApiDrivenSlurm)
        and is_known(model.orchestrator.strategy)
        and is_continuous(model)
    ):
        yield Problem(
            code="SlurmConfigStrategy",
            path="orchestrator.strategy",
            value=str(model.orchestrator.strategy),
            message="is not supported with continuous provisioning, which keeps manual changes",
            fix="omit strategy",
        )


@rule(basis=Basis.SERVICE_MODEL)
def accounting_database_mode(model: ClusterValues) -> Iterator[Problem]:
    """An external accounting database requires continuous provisioning."""
    if _database(model) is not None and not may_be_continuous(model):
        yield Problem(
            code="AccountingDatabaseMode",
            path="orchestrator.accounting_database",
            value="AccountingDatabase",
            message="requires continuous provisioning",
            fix=f"pass {CONTINUOUS}, or omit accounting_database",
        )


@rule(basis=Basis.SERVICE_MODEL)
def accounting_database_values(model: ClusterValues) -> Iterator[Problem]:
    """An external accounting database requires a valid host name, port and database name."""
    database = _database(model)
    if database is None:
        return
    path = "orchestrator.accounting_database"
    yield from pattern_problems(
        code="AccountingDatabaseEndpoint",
        path=f"{path}.endpoint",
        value=database.endpoint,
        pattern=_HOST_NAME,
        max_length=255,
        message="is not a valid host name",
        fix="use the endpoint of the server, without the port",
    )
    yield from range_problems(
        code="AccountingDatabasePort",
        path=f"{path}.port",
        value=database.port,
        low=1,
        high=_MAX_PORT,
    )
    yield from pattern_problems(
        code="AccountingDatabaseName",
        path=f"{path}.name",
        value=database.name,
        pattern=_DATABASE_NAME,
        max_length=64,
        message="must be 1 to 64 letters, digits, dollar signs and underscores",
        fix="use a name such as 'slurm_acct_db'",
    )


def _database(model: ClusterValues) -> AccountingDatabase | None:
    return getattr(model.orchestrator, "accounting_database", None)
