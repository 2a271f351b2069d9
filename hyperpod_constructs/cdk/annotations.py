"""Warnings that CDK reports for a construct."""

import aws_cdk as cdk
from constructs import IConstruct

from hyperpod_constructs.model.problem import REPORTED, Problem

from .construct_tree import node_of


def warn(construct: IConstruct, problem: Problem) -> None:
    """Reports a problem as a warning of a construct."""
    cdk.Annotations.of(construct).add_warning_v2(
        f"hyperpod-constructs:{problem.code}", str(problem)
    )
    node_of(construct).add_metadata(
        REPORTED,
        {
            "path": problem.path,
            "code": problem.code,
            "statement": problem.statement,
            "fix": problem.fix,
        },
    )
