"""Add-ons of EKS clusters.

Source: https://docs.aws.amazon.com/eks/latest/APIReference/API_ListAddons.html
"""

from typing import TYPE_CHECKING, Any

from .registry import forgotten, operation

if TYPE_CHECKING:
    from tests.aws.cloud import Cloud

installed: dict[str, list[str]] = {}
"""Names of add-ons by cluster."""


@forgotten
def forget() -> None:
    """Has no cluster an add-on."""
    installed.clear()


@operation("eks", "ListAddons")
def list_add_ons(_cloud: "Cloud", arguments: dict[str, Any]) -> dict[str, Any]:
    return {"addons": installed.get(arguments["clusterName"], [])}
