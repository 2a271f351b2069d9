"""The evidence for a rule."""

from enum import StrEnum


class Basis(StrEnum):
    """The evidence that AWS rejects a cluster, or that its nodes fail.

    A rule that is inferred reports a warning, unless nodes cannot work.
    """

    SERVICE_MODEL = "service model"
    """The model of the API in botocore 1.44."""

    CLOUDFORMATION = "CloudFormation schema"
    """The schema of `AWS::SageMaker::Cluster` in cfn-lint 1.58."""

    AWS_PAGE = "AWS page"
    """A page of the AWS documentation, read in November 2026."""

    PUBLIC_REPORT = "public report"
    """Code or a report that AWS or a user of HyperPod has published."""

    INFERRED = "inferred"
    """A conclusion from other facts, which AWS does not document."""

    LIBRARY = "this library"
    """A restriction of this library or of its lifecycle scripts."""
