"""A cluster in a template."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from hyperpod_constructs.checks.assembly import clusters
from hyperpod_constructs.checks.findings import Source, cluster_findings
from hyperpod_constructs.checks.role_policies import ROLE, role_policies
from hyperpod_constructs.checks.template_resources import Resources
from hyperpod_constructs.checks.uploads import Upload, upload_for
from hyperpod_constructs.cluster_model import ClusterModel
from hyperpod_constructs.model.groups.instance_group import InstanceGroup
from hyperpod_constructs.model.groups.restricted_instance_group import RestrictedInstanceGroup
from hyperpod_constructs.model.problem import Problem, Severity
from hyperpod_constructs.model.slurm.provisioning_params import FORM_NAMES, ProvisioningParams
from hyperpod_constructs.model.tokens import is_unresolved

from .concrete import Concrete
from .expectation import expect, expect_type
from .node_role import NodeRole
from .template_content import template_content, template_in

if TYPE_CHECKING:
    import aws_cdk as cdk

_REGION = "us-east-1"
_ACCOUNT = "111122223333"


@dataclass(frozen=True, kw_only=True)
class ClusterTemplate:
    """A HyperPod cluster in a CloudFormation template, for assertions.

    Create it with `from_stack`, `from_file` or `from_json`.

    Attributes:
        template: Content of the template.
        logical_id: Logical ID of the cluster.
        path: Path of the template, with the assets in the same directory, if any.
        region: Region of the stack.
        account: Account of the stack.
        stack: Stack of the template, which resolves CDK tokens, if any.
    """

    template: Mapping[str, Any] = field(repr=False)
    logical_id: str
    path: Path | None = None
    region: str = _REGION
    account: str = _ACCOUNT
    stack: "cdk.Stack | None" = field(default=None, repr=False)

    @classmethod
    def from_stack(cls, stack: "cdk.Stack", *, logical_id: str | None = None) -> Self:
        """Synthesizes the app of a stack, and reads its template.

        Args:
            stack: Stack with the cluster; also a nested stack.
            logical_id: Logical ID of the cluster. Required if the stack has several.

        Raises:
            AssertionError: If there is no such cluster, or `stack` is not a stack.
        """
        from aws_cdk import Stack, Stage  # noqa: PLC0415 - only apps of CDK have stacks

        is_stack = isinstance(stack, Stack)
        expect_type(is_stack, "stack", stack, "a stack, such as cdk.Stack.of(cluster)")
        stage = Stage.of(stack)
        if stage is None:
            raise AssertionError(f"stack {stack.stack_name!r} is not in an app")
        path = Path(stage.synth().directory) / stack.template_file
        environment = {
            name: value
            for name, value in (("region", stack.region), ("account", stack.account))
            if not is_unresolved(value)
        }
        content = template_content(path)
        return cls._read(content, logical_id, path=path, stack=stack, **environment)

    @classmethod
    def from_file(
        cls,
        path: str | Path,
        *,
        logical_id: str | None = None,
        region: str = _REGION,
        account: str = _ACCOUNT,
    ) -> Self:
        """Reads a template, such as `cdk.out/Training.template.json`.

        The output of `aws cloudformation get-template` can be read as well.

        Args:
            path: Path of a template as JSON.
            logical_id: Logical ID of the cluster. Required if the template has several.
            region: Region in ARNs that the template leaves open.
            account: Account in ARNs that the template leaves open.

        Raises:
            AssertionError: If there is no such cluster, or the file is not a template as JSON.
        """
        path = Path(path)
        content = template_content(path)
        return cls._read(content, logical_id, path=path, region=region, account=account)

    @classmethod
    def from_json(
        cls,
        template: Mapping[str, Any],
        *,
        logical_id: str | None = None,
        region: str = _REGION,
        account: str = _ACCOUNT,
    ) -> Self:
        """Uses the content of a template, such as `Template.from_stack(stack).to_json()`.

        The content of lifecycle scripts is unknown.

        Args:
            template: Content of the template.
            logical_id: Logical ID of the cluster. Required if the template has several.
            region: Region in ARNs that the template leaves open.
            account: Account in ARNs that the template leaves open.

        Raises:
            AssertionError: If there is no such cluster, or `template` is not a dict.
        """
        expect_type(
            isinstance(template, Mapping), "template", template, "a dict, such as json.loads(text)"
        )
        content = template_in(template, "template")
        return cls._read(content, logical_id, region=region, account=account)

    @classmethod
    def _read(cls, template: Mapping[str, Any], logical_id: str | None, **more: Any) -> Self:
        found = clusters(template)
        if logical_id is None:
            expect(found, "the template has no AWS::SageMaker::Cluster")
            expect(
                len(found) == 1,
                f"the template has {len(found)} clusters; pass logical_id= with one of "
                f"{list(found)}",
            )
            (logical_id,) = found
        expect(logical_id in found, f"the template has no cluster {logical_id!r}: {list(found)}")
        return cls(template=template, logical_id=logical_id, **more)

    @property
    def properties(self) -> Mapping[str, Any]:
        """Properties of the `AWS::SageMaker::Cluster`."""
        properties: Mapping[str, Any] = clusters(self.template)[self.logical_id]
        return properties

    @cached_property
    def model(self) -> ClusterModel:
        """The cluster, with its provisioning form."""
        text = self._form_text
        form = None if text is None else ProvisioningParams.from_json(text)
        return ClusterModel.from_request(self.properties, provisioning_params=form)

    @property
    def groups(self) -> Mapping[str, InstanceGroup | RestrictedInstanceGroup]:
        """Instance groups by name, including restricted ones."""
        return {each.name: each for each in self.model.groups}

    def group(self, name: str) -> InstanceGroup | RestrictedInstanceGroup:
        """An instance group.

        Raises:
            AssertionError: If there is no group of that name.
        """
        expect(name in self.groups, f"no instance group {name!r}: {list(self.groups)}")
        return self.groups[name]

    def form(self) -> dict[str, Any]:
        """The `provisioning_params.json` that is uploaded for the cluster.

        Values known only at deployment are texts such as `${Token[Scratch.DNSName]}`.

        Raises:
            AssertionError: If the template uploads none, or its files are not there.
        """
        self._expect_assets()
        text = self._form_text
        if text is None:
            raise AssertionError(
                f"no provisioning_params.json is uploaded to the SourceS3Uri of {self.logical_id}, "
                f"or the assets of the app are not in the directory of {self.path}"
            )
        form: dict[str, Any] = json.loads(text)
        return form

    def files(self) -> frozenset[str]:
        """Paths of the files that are uploaded to the `SourceS3Uri` of the cluster.

        Raises:
            AssertionError: If the template was read with `from_json`.
        """
        self._expect_assets()
        return frozenset(() if self._upload is None else self._upload.files())

    def file(self, name: str) -> str:
        """Text of a file that is uploaded to the `SourceS3Uri` of the cluster.

        Args:
            name: Path of the file, such as `steps.json`.

        Raises:
            AssertionError: If there is no such file.
        """
        text = None if self._upload is None else self._upload.text(name)
        if text is None:
            raise AssertionError(f"{name} is not uploaded: {sorted(self.files())}")
        return text

    def problems(self) -> tuple[Problem, ...]:
        """Errors and warnings of the rules of this library."""
        findings = cluster_findings(self.properties, self._form_text, source=Source.TEMPLATE)
        return tuple(each.problem for each in findings)

    def assert_no_errors(self) -> None:
        """Asserts that no rule of this library reports an error."""
        errors = [str(each) for each in self.problems() if each.severity is Severity.ERROR]
        expect(not errors, "\n".join(errors))

    def role(self, group: str) -> NodeRole:
        """The execution role of an instance group.

        Args:
            group: Name of the group, or the role of its nodes in Slurm: `controller`, `login` or
                `worker`.

        Raises:
            AssertionError: If there is no such group, or the template does not contain its role.
        """
        written = self._execution_role(group)
        resources = Resources(self.template)
        logical_id = resources.referred(written)
        role = resources.properties(logical_id, ROLE)
        if logical_id is None or role is None:
            raise AssertionError(f"the role of {group!r} is not in the template: {written}")
        concrete = Concrete(self.template, self.region, self.account)
        policies = role_policies(resources, logical_id)
        boundary = role.get("PermissionsBoundary")
        return NodeRole(
            name=logical_id,
            statements=[concrete.every(each) for each in policies.statements()],
            other_policies=[concrete.text(each) for each in policies.other_arns],
            boundary=None if boundary is None else concrete.text(boundary),
            account=self.account,
            resolve=lambda resource: concrete.text(self._resolved(resource)),
        )

    def _expect_assets(self) -> None:
        expect(
            self.path is not None,
            "from_json does not read the files of the app; use from_stack(stack) or "
            "from_file('cdk.out/...')",
        )

    def _execution_role(self, group: str) -> Any:
        written = {
            each["InstanceGroupName"]: each.get("ExecutionRole")
            for key in ("InstanceGroups", "RestrictedInstanceGroups")
            for each in self.properties.get(key, ())
        }
        if group not in written:
            group = next(
                (
                    each.name
                    for each in self.model.instance_groups
                    if not is_unresolved(each.node_type) and each.node_type == group
                ),
                group,
            )
        expect(group in written, f"no instance group {group!r}: {list(written)}")
        return written[group]

    def _resolved(self, resource: Any) -> Any:
        return resource if self.stack is None else self.stack.resolve(resource)

    @cached_property
    def _upload(self) -> Upload | None:
        if self.path is None:
            return None
        return upload_for(self.template, self.logical_id, self.path)

    @cached_property
    def _form_text(self) -> str | None:
        return None if self._upload is None else self._upload.text(*FORM_NAMES)
