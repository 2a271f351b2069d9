"""The health monitoring agent of the HyperPod Helm chart.

Source: https://github.com/aws/sagemaker-hyperpod-cli/tree/main/helm_chart
"""

from collections.abc import Iterator

from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved

REGIONS = (
    *("us-east-1", "us-west-2", "us-east-2", "us-west-1", "eu-central-1", "eu-north-1"),
    *("eu-west-1", "eu-west-2", "eu-south-2", "ap-northeast-1", "ap-south-1", "ap-southeast-1"),
    *("ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ca-central-1", "sa-east-1"),
)
"""Regions with an image of the agent, as of June 2026."""


def agent_region_problems(region: str) -> Iterator[Problem]:
    """In a Region that the chart does not know, it uses the image of the agent in us-east-1."""
    if not is_unresolved(region) and region not in REGIONS:
        yield Problem(
            code="AgentRegion",
            path="helm_chart",
            value=region,
            message="is a Region without an image of the health monitoring agent as of June 2026, and "
            "the chart uses that of us-east-1",
            fix="pass values={'health-monitoring-agent': {'hmaimage': ...}}",
            severity=Severity.WARNING,
        )
