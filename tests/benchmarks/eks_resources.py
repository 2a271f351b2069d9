"""Writes the resources that the stack by hand has as they are: `python -m tests.benchmarks.eks_resources`."""

import json
import tempfile
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from tests.eks.charts import make_chart
from tests.synth import CONTEXT, template

from .by_hand_eks import RESOURCES
from .with_library_eks import make_stack

_MADE_BY_CDK = (
    *("AWS::EC2::", "AWS::FSx::", "AWS::KMS::", "AWS::Logs::", "AWS::S3::", "AWS::SNS::Topic"),
    *("AWS::SSM::", "AWS::EKS::Cluster", "AWS::IAM::OIDCProvider", "AWS::Lambda::LayerVersion"),
    *("Custom::AWSCDK", "Custom::CDKBucketDeployment", "Custom::VpcRestrictDefaultSG"),
)
_OF_CDK = ("CustomVpc", "CustomCDK", "AWSCDKCfn", "ControlPlaneCluster", "ControlPlaneNetwork")
_ITS_OWN = "AWS::SNS::TopicPolicy"


def written() -> str:
    """The resources, the values of the chart, and the manifests."""
    with tempfile.TemporaryDirectory() as folder:
        stack = make_stack(
            cdk.App(context={**CONTEXT, "aws:cdk:enable-path-metadata": True}),
            make_chart(Path(folder)),
        )
        found: dict[str, Any] = template(stack)["Resources"]
    own = {
        name: {key: each[key] for key in ("Type", "Properties", "DependsOn") if key in each}
        | ({"Path": _path(each)} if each["Type"] == "AWS::IAM::Role" else {})
        for name, each in found.items()
        if not name.startswith(_OF_CDK)
        and (each["Type"] == _ITS_OWN or not each["Type"].startswith(_MADE_BY_CDK))
    }
    (chart,) = (each for each in found.values() if each["Type"].endswith("HelmChart"))
    pool = next(
        each
        for name, each in found.items()
        if name.startswith("Pool") and "Manifest" in each["Properties"]
    )
    volumes = next(each for name, each in found.items() if name.startswith("StorageVolumes"))
    text = "".join(
        each if isinstance(each, str) else "x"
        for each in volumes["Properties"]["Manifest"]["Fn::Join"][1]
    )
    crds = [
        each["Properties"]["ObjectName"]
        for each in found.values()
        if each["Type"].endswith("KubernetesObjectValue")
    ]
    return (
        json.dumps(
            {
                **own,
                "values": json.loads(chart["Properties"]["Values"]),
                "manifests": {
                    "volumes": json.loads(text),
                    "pool": json.loads(pool["Properties"]["Manifest"]),
                    "crds": crds,
                },
            },
            indent=1,
        )
        + "\n"
    )


def _path(resource: dict[str, Any]) -> str:
    """The path of a construct below its stack."""
    path: str = resource["Metadata"]["aws:cdk:path"]
    return path.partition("/")[2].removesuffix("/Resource")


if __name__ == "__main__":
    RESOURCES.write_text(written(), encoding="utf-8")
