"""The network interfaces of a group's nodes.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterNetworkInterface.html
"""

from enum import StrEnum


class NetworkInterfaceType(StrEnum):
    """The type of the network interfaces of an instance type with EFA."""

    EFA = "efa"
    """EFA and IP on every network card. Each uses an IP address of the subnet."""

    EFA_ONLY = "efa-only"
    """EFA on every network card, IP on the first only."""
