"""The network interfaces of a group's nodes.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClusterNetworkInterface.html
"""

from enum import StrEnum


class NetworkInterfaceType(StrEnum):
    """What the network cards of an instance type with EFA carry."""

    EFA = "efa"
    """EFA and IP on every card; each takes an address of the subnet."""

    EFA_ONLY = "efa-only"
    """EFA on every card, IP on the first alone."""
