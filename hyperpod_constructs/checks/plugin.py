"""Policy validation plugin for CDK apps.

Source: https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
"""

import json
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import jsii

from hyperpod_constructs.model.problem import Severity
from hyperpod_constructs.schema.json_values import object_of
from hyperpod_constructs.schema.paths import dotted

from .assembly import clusters, nested_templates, problems_of_construct
from .findings import Finding, Source, cluster_findings
from .neighbours import known_subnets, neighbour_findings
from .package_version import PACKAGE, package_version
from .uploads import uploaded_form


@jsii.implements(cdk.IPolicyValidationPlugin)
class HyperPodChecks:
    """Validates all HyperPod clusters of an app with the rules of `ClusterModel`.

    Applies to every `AWS::SageMaker::Cluster`, created by any construct, including nested stacks
    and stages. Errors fail the synthesis, as with other plugins; warnings are reported. Values
    known only at deployment are not validated. The provisioning form is validated if the app
    uploads it to the `SourceS3Uri` of the cluster. Warnings of a `HyperPodCluster` are reported by
    the construct itself, and not again. To acknowledge a finding, use
    `Validations.of(construct).acknowledge` with the ID `hyperpod-constructs::` followed by its
    code, and for a warning of a `HyperPodCluster` `Annotation::hyperpod-constructs:` followed by
    its code.

    Example:
        `cdk.Validations.of(app).add_plugins(hp.HyperPodChecks())`
    """

    def __init__(self) -> None:
        """Creates the plugin."""

    @property
    def name(self) -> str:
        """Name of the plugin in CDK reports."""
        return PACKAGE

    @property
    def version(self) -> str:
        """Version of this library."""
        return package_version()

    @property
    def rule_ids(self) -> list[str] | None:
        """None: the plugin does not list its rules."""
        return None

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Validates the templates. Called by CDK."""
        violations = [
            violation
            for stack in context.stack_templates
            for violation in _violations(Path(stack.template_path))
        ]
        return cdk.PolicyValidationPluginReport(
            success=all(each.severity != Severity.ERROR for each in violations),
            violations=violations,
        )


def _violations(stack_template: Path) -> Iterator[cdk.PolicyViolation]:
    for path in (stack_template, *nested_templates(stack_template)):
        template = json.loads(path.read_text(encoding="utf-8"))
        for logical_id, properties in clusters(template).items():
            form = uploaded_form(template, logical_id, path)
            subnets = known_subnets(template, properties)
            findings = list(
                cluster_findings(properties, form, source=Source.TEMPLATE, subnets=subnets)
            )
            reported = problems_of_construct(stack_template, logical_id) if findings else set()
            for finding in findings:
                if (finding.problem.path, finding.problem.code) not in reported:
                    yield _violation(finding, logical_id, path)
            for finding in neighbour_findings(template, object_of(properties)):
                neighbour = Finding(finding.problem, finding.path[3:])
                yield _violation(neighbour, str(finding.path[1]), path)


def _violation(finding: Finding, logical_id: str, path: Path) -> cdk.PolicyViolation:
    problem = finding.problem
    place = problem.path if finding.in_form else dotted(finding.path)
    return cdk.PolicyViolation(
        rule_name=problem.code,
        description=f"{place}: {problem.statement}".removeprefix(": "),
        fix=problem.fix,
        severity=str(problem.severity),
        violating_resources=[
            cdk.PolicyViolatingResource(
                resource_logical_id=logical_id,
                template_path=str(path),
                locations=["Properties" if finding.in_form else _location(finding)],
            )
        ],
    )


def _location(finding: Finding) -> str:
    return dotted(("Properties", *finding.path))
