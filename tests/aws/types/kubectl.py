"""Charts and manifests that AWS CDK applies to EKS clusters with a function in the VPC.

The function itself does not run: `make kube` runs it with kubectl and Helm on a real Kubernetes. Here its
role, its network and its order count, and objects are recorded.

Source: https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_eks_v2-readme.html#kubectl-support
"""

import json
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from tests.aws.authorizer import Authorizer
from tests.aws.cloudformation.template import Json, Made
from tests.aws.eks.control_planes import ControlPlane, existing
from tests.aws.eks.network import reachable_services
from tests.aws.front.errors import ResourceFailure
from tests.aws.front.identity import key_of
from tests.aws.front.wire import Call
from tests.aws.services.access_entries import ADMINISTRATOR

from .handler import Handler, Request, resource

_CALLED = {"eks", "sts"}
LIMIT = 4096
COMPONENTS = {
    "deep-health-check": "aws-hyperpod",
    "mpi-operator": "mpi-operator",
    "trainingOperators": "kubeflow",
}
"""Namespaces that components of the HyperPod Helm chart create."""
HEALTH_AGENT = "health-monitoring-agent"


class KubectlResource(Handler):
    """What the function of AWS CDK applies."""

    def create(self, request: Request) -> Made:
        control_plane = self._connect(request)
        attributes = self.apply(request, control_plane)
        return Made(str(uuid4()), attributes)

    def update(self, request: Request, made: Made, old: Json) -> Made:
        control_plane = self._connect(request)
        self.withdraw(request, control_plane, old)
        return Made(made.physical_id, self.apply(request, control_plane))

    def delete(self, request: Request, made: Made) -> None:  # noqa: ARG002
        control_plane = self._connect(request)
        self.withdraw(request, control_plane, request.properties)

    @abstractmethod
    def apply(self, request: Request, control_plane: ControlPlane) -> Json:
        """Applies it, and returns the attributes of the resource."""

    def withdraw(self, request: Request, control_plane: ControlPlane, old: Json) -> None:
        """Deletes what was applied."""

    def _connect(self, request: Request) -> ControlPlane:
        """Does what the framework and the function do before kubectl."""
        cloud = request.cloud.acting_as(None)
        framework = _configuration(cloud, request["ServiceToken"])
        _invoke(cloud, request.cloud.role, request["ServiceToken"])
        _refuse_network(cloud, framework, {"lambda"})
        variables = framework.get("Environment", {}).get("Variables", {})
        handler = _configuration(cloud, variables["USER_ON_EVENT_FUNCTION_ARN"])
        _invoke(cloud, framework["Role"], handler["FunctionArn"])
        _refuse_network(cloud, handler, _CALLED)
        self.handler_role = handler["Role"]
        name = request["ClusterName"]
        try:
            cloud.acting_as(handler["Role"]).client("eks").describe_cluster(name=name)
        except ClientError as error:
            raise _failed(
                "An error occurred when calling the DescribeCluster operation: "
                f"{error.response['Error']['Message']}"
            ) from error
        control_plane = existing(name)
        policies = control_plane.policies.get(handler["Role"], {})
        if not control_plane.is_complete and not any(
            arn.endswith(f"/{ADMINISTRATOR}") for arn in policies
        ):
            raise _failed("the server has asked for the client to provide credentials")
        return control_plane


@resource("Custom::AWSCDK-EKS-HelmChart")
class HelmChart(KubectlResource):
    def apply(self, request: Request, control_plane: ControlPlane) -> Json:
        if "ChartAssetURL" in request.properties:
            self._refuse_asset(request, request["ChartAssetURL"])
        kubernetes, namespace = control_plane.kubernetes, request["Namespace"]
        if request.get("CreateNamespace") is True:
            kubernetes.namespaces.add(namespace)
        if namespace not in kubernetes.namespaces:
            raise _failed(f'Error: create: failed to create: namespaces "{namespace}" not found')
        values = json.loads(request.get("Values", "{}"))
        for component, created in COMPONENTS.items():
            if values.get(component, {}).get("enabled", False):
                kubernetes.namespaces.add(created)
        if values.get(HEALTH_AGENT, {}).get("enabled") and (
            COMPONENTS["deep-health-check"] not in kubernetes.namespaces
        ):
            raise _failed('Error: failed to create resource: namespaces "aws-hyperpod" not found')
        kubernetes.releases[request["Release"]] = values
        return {}

    def withdraw(self, request: Request, control_plane: ControlPlane, old: Json) -> None:  # noqa: ARG002
        control_plane.kubernetes.releases.pop(old["Release"], None)

    def _refuse_asset(self, request: Request, url: str) -> None:
        bucket, _, key = url.removeprefix("s3://").partition("/")
        client = request.cloud.acting_as(self.handler_role).client("s3")
        try:
            client.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            raise _failed(f"fatal error: An error occurred (403): {url}") from error


@resource("Custom::AWSCDK-EKS-KubernetesResource")
class KubernetesManifest(KubectlResource):
    def apply(self, request: Request, control_plane: ControlPlane) -> Json:
        try:
            control_plane.kubernetes.apply(_manifests(request.properties))
        except ResourceFailure as failure:
            raise _failed(str(failure)) from failure
        return {}

    def withdraw(self, request: Request, control_plane: ControlPlane, old: Json) -> None:
        kept = {str(each["metadata"]) for each in _manifests(request.properties)}
        gone = [
            each
            for each in _manifests(old)
            if str(each["metadata"]) not in kept or old is request.properties
        ]
        control_plane.kubernetes.delete(gone)


@resource("Custom::AWSCDK-EKS-KubernetesObjectValue")
class KubernetesObjectValue(KubectlResource):
    """The value of an object, for which the function waits."""

    def apply(self, request: Request, control_plane: ControlPlane) -> Json:
        kind, name = request["ObjectType"], request["ObjectName"]
        if kind == "crd":
            kind = "CustomResourceDefinition"
        namespace = request.get("ObjectNamespace", "")
        for (each, where, called), found in control_plane.kubernetes.objects.items():
            if (each.lower(), called) == (kind.lower(), name) and where in {namespace, ""}:
                value: Any = found
                for part in request["JsonPath"].strip(".").split("."):
                    value = value[part]
                return {"Value": value}
        raise _failed(
            f"Timeout waiting for output from kubectl command: {request['ObjectType']}/{name}"
        )


def _manifests(properties: Json) -> Sequence[Json]:
    found: Sequence[Json] = json.loads(properties["Manifest"])
    return found


def _configuration(cloud: Any, arn: str) -> Json:
    found: Json = cloud.client("lambda").get_function(FunctionName=arn)["Configuration"]
    return found


def _invoke(cloud: Any, caller: str | None, function: str) -> None:
    call = Call("lambda", "Invoke", {"FunctionName": function})
    Authorizer(cloud).authorize(key_of(caller), call)


def _refuse_network(cloud: Any, function: Json, services: set[str]) -> None:
    """Without a way to a service, the function waits until its time is over."""
    config = function.get("VpcConfig", {})
    if not config.get("SubnetIds"):
        return
    missing = services - reachable_services(cloud, config, services)
    if missing:
        raise ResourceFailure(
            "Custom Resource failed to stabilize: Task timed out after "
            f"{function['Timeout']}.00 seconds [no way to {', '.join(sorted(missing))} from "
            f"{', '.join(config['SubnetIds'])}]"
        )


def _failed(message: str) -> ResourceFailure:
    return ResourceFailure(
        "Received response status [FAILED] from custom resource. Message returned: "
        f"{message[:LIMIT]}"
    )
