"""Names that the inference operator and the policies of AWS require.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-model-deployment-setup.html
"""

from collections.abc import Iterator

from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.tokens import is_unresolved

INFERENCE = "amazon-sagemaker-hyperpod-inference"
ROLE_PREFIX = "SageMakerHyperPodInference"
BUCKET_PREFIX = "hyperpod-tls"


def tls_bucket_problems(path: str, name: str, *, fix: str) -> Iterator[Problem]:
    """The bucket of certificates has a certain prefix."""
    if not is_unresolved(name) and not name.startswith(BUCKET_PREFIX):
        yield Problem(
            code="TlsBucketName",
            path=path,
            value=name,
            message=f"does not start with {BUCKET_PREFIX!r}, which the operator requires",
            fix=fix,
        )


def inference_role_problems(path: str, name: str) -> Iterator[Problem]:
    """The managed policy of AWS passes roles of a certain prefix only."""
    if not is_unresolved(name) and not name.startswith(ROLE_PREFIX):
        yield Problem(
            code="InferenceRoleName",
            path=path,
            value=name,
            message=f"does not start with {ROLE_PREFIX!r}, and AmazonSageMakerHyperPodInferenceAccess "
            "allows the operator to pass only roles that do",
            fix=f"use a name such as '{ROLE_PREFIX}-training', or a policy of your own",
            severity=Severity.WARNING,
        )
