"""What an estimate does not count: resources whose prices are in files of other services.

The file of Amazon EC2, which has the prices of NAT gateways, has several hundred MB for a Region.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

ALWAYS = "data transfer, Amazon S3, CloudWatch, taxes, and discounts such as Savings Plans"
_BILLED: Mapping[str, str] = {
    "AWS::APS::Workspace": "Amazon Managed Service for Prometheus workspace",
    "AWS::DirectoryService::MicrosoftAD": "AWS Managed Microsoft AD",
    "AWS::EC2::NatGateway": "NAT gateway",
    "AWS::EC2::VPCEndpoint": "interface endpoint",
    "AWS::EFS::FileSystem": "EFS file system",
    "AWS::EKS::Cluster": "EKS control plane",
    "AWS::FSx::FileSystem": "FSx file system",
    "AWS::KMS::Key": "KMS key",
    "AWS::RDS::DBCluster": "RDS cluster",
    "AWS::RDS::DBInstance": "RDS instance",
}


def not_counted(templates: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """What the resources of templates cost in addition, in words."""
    found: Counter[str] = Counter()
    for template in templates:
        for resource in template.get("Resources", {}).values():
            if _is_billed(resource):
                found[_BILLED[resource["Type"]]] += 1
    for name, count in sorted(found.items()):
        yield f"{count} {name}{'' if count == 1 else 's'}"
    yield ALWAYS


def _is_billed(resource: object) -> bool:
    if not isinstance(resource, Mapping) or resource.get("Type") not in _BILLED:
        return False
    properties = resource.get("Properties", {})
    is_gateway = resource["Type"] == "AWS::EC2::VPCEndpoint" and (
        not isinstance(properties, Mapping)
        or properties.get("VpcEndpointType", "Gateway") != "Interface"
    )
    return not is_gateway
