"""Values of requests that CloudFormation does not support."""

from hyperpod_constructs.model.problem import Problem, Severity


def api_only_value(path: str, value: str) -> Problem:
    """A value or key that the API supports and CloudFormation does not.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCluster.html
    """
    return Problem(
        code="RequestApiOnly",
        path=path,
        value=value,
        message="is supported by the API, not by CloudFormation",
        fix="use another value to create the cluster with CloudFormation",
        severity=Severity.WARNING,
    )
