"""An EKS cluster of the emulator whose Kubernetes is real."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.signers import RequestSigner
from moto.eks.models import eks_backends

from tests.aws.cloudformation.template import Json, Made, Resolver
from tests.aws.eks.control_planes import ControlPlane, put
from tests.aws.emulator import Emulator
from tests.aws.services.access_entries import entry
from tests.deploy.tools import prepare

from .authenticator import ROLES, authenticator
from .cluster import Kube, kubernetes
from .kubectl_function import KubectlFunction

NAME = "kube"
NAMESPACES = ("hyperpod-ns-research", "hyperpod-ns-product")
HANDLER_ROLE = "kubectl"
_STACK = "Bench"


class _Attributes(dict[str, str]):
    """Whatever attributes a resource has."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return name


class _Everything(dict[str, Made]):
    """Whatever the resources of a template refer to."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__()
        cloud = emulator.cloud
        self._role = f"arn:aws:iam::{cloud.account}:role/"
        self._cluster = f"arn:aws:eks:{cloud.region}:{cloud.account}:cluster/{NAME}"

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Made:
        if name.startswith("ControlPlaneCluster8"):
            return Made(NAME, _Attributes(Arn=self._cluster))
        arn = f"{self._role}{HANDLER_ROLE if 'KubectlProvider' in name else name}"
        return Made(name, _Attributes(Arn=arn, LustreMountName="abcdefgh"))


@dataclass
class Bench:
    """The cluster.

    Attributes:
        emulator: Its AWS.
        kube: Its Kubernetes.
        control_plane: Its access entries.
        sessions: Names of the sessions of tokens.
    """

    emulator: Emulator
    kube: Kube
    control_plane: ControlPlane = field(default_factory=lambda: ControlPlane(mode="API"))
    sessions: dict[str, str] = field(default_factory=dict)

    def token(self, role: str, session: str = "") -> str:
        """A token of a role, as `aws eks get-token` prints it."""
        client = self.emulator.cloud.acting_as(role).client("sts")
        signer = RequestSigner(
            client.meta.service_model.service_id,
            self.emulator.cloud.region,
            "sts",
            "v4",
            client._request_signer._credentials,
            client.meta.events,
        )
        url = signer.generate_presigned_url(
            {
                "method": "GET",
                "url": "https://sts.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
                "body": {},
                "headers": {"x-k8s-aws-id": NAME},
                "context": {},
            },
            region_name=self.emulator.cloud.region,
            expires_in=60,
            operation_name="",
        )
        text = base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
        token = f"k8s-aws-v1.{text}"
        self.sessions[token] = session
        return token

    def role(self, name: str, document: Json | None = None) -> str:
        """A role, with a policy if it is given."""
        iam = self.emulator.cloud.client("iam")
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
        if document is not None:
            iam.put_role_policy(
                RoleName=name, PolicyName="own", PolicyDocument=json.dumps(document)
            )
        return f"arn:aws:iam::{self.emulator.cloud.account}:role/{name}"

    def admit(self, properties: Json) -> None:
        """Creates an access entry with the properties of a template."""
        eks = self.emulator.cloud.client("eks")
        principal = properties["PrincipalArn"]
        eks.create_access_entry(clusterName=NAME, principalArn=principal)
        for policy in properties.get("AccessPolicies", []):
            scope = policy["AccessScope"]
            eks.associate_access_policy(
                clusterName=NAME,
                principalArn=principal,
                policyArn=policy["PolicyArn"],
                accessScope={key.lower(): value for key, value in scope.items()},
            )

    def admit_nodes(self, role: str) -> None:
        """Creates the access entry of nodes, as HyperPod does."""
        self.control_plane.entries[role] = entry(
            self.emulator.cloud, NAME, role, {"type": "HYPERPOD_LINUX"}
        )

    def expel(self, principal: str) -> None:
        """Deletes an access entry."""
        eks = self.emulator.cloud.client("eks")
        eks.delete_access_entry(clusterName=NAME, principalArn=principal)


@contextmanager
def bench(emulator: Emulator, programs: Path, folder: Path) -> Iterator[Bench]:
    """Runs a cluster until the context ends."""
    cloud, sessions = emulator.cloud, dict[str, str]()
    with (
        authenticator(cloud.account, NAME, sessions) as address,
        kubernetes(programs, folder, address) as kube,
    ):
        cloud.client("eks").create_cluster(
            name=NAME,
            version="1.34",
            roleArn=f"arn:aws:iam::{cloud.account}:role/eks",
            resourcesVpcConfig={"subnetIds": []},
        )
        stored = eks_backends[cloud.account][cloud.region].clusters[NAME]
        authority = Path(kube.certificates.certificate("ca")).read_bytes()
        stored.endpoint = kube.address
        stored.certificate_authority = {"data": base64.b64encode(authority).decode()}
        made = Bench(emulator, kube, sessions=sessions)
        put(NAME, made.control_plane)
        kube.bind(list(ROLES), ["default"])
        yield made


@dataclass
class Rendered:
    """A template whose EKS cluster is that of the bench.

    Attributes:
        bench: The bench.
        assembly: The assembly.
        template: The template.
    """

    bench: Bench
    assembly: Path
    template: Json

    @classmethod
    def read(cls, bench: Bench, assembly: Path, name: str) -> "Rendered":
        """Reads a template, and publishes the assets of its assembly."""
        return cls(bench, assembly, json.loads((assembly / f"{name}.template.json").read_text()))

    def properties(self, kind: str, *parts: str) -> Json:
        """The properties of the resource of a type whose logical ID has some parts."""
        (found,) = self.all_properties(kind, *parts)
        return found

    def all_properties(self, kind: str, *parts: str) -> list[Json]:
        """The properties of the resources of a type whose logical IDs have some parts."""
        return [
            self._resolver.properties(name)
            for name, resource in self.template["Resources"].items()
            if resource["Type"] == kind and all(part in name for part in parts)
        ]

    def function(self) -> KubectlFunction:
        """The function that calls kubectl, with the role that the template gives it."""
        properties = self.properties("AWS::Lambda::Function", "KubectlProviderHandler")
        policy = self.properties("AWS::IAM::Policy", "KubectlProviderHandler")
        layers = [
            f"asset.{each['Content']['S3Key']}"
            for each in self.all_properties("AWS::Lambda::LayerVersion")
            if "AwsCliLayer" not in json.dumps(each)
        ]
        return KubectlFunction(
            self.bench.emulator,
            self.assembly,
            f"asset.{properties['Code']['S3Key'].removesuffix('.zip')}",
            list(dict.fromkeys(layers)),
            self.bench.role(HANDLER_ROLE, policy["PolicyDocument"]),
        )

    @property
    def _resolver(self) -> Resolver:
        cloud = self.bench.emulator.cloud
        parameters: Mapping[str, Any] = {
            "AWS::AccountId": cloud.account,
            "AWS::Partition": "aws",
            "AWS::Region": cloud.region,
            "AWS::StackName": _STACK,
            "AWS::URLSuffix": "amazonaws.com",
            "BootstrapVersion": "30",
        }
        return Resolver(self.template, parameters, _Everything(self.bench.emulator), str, max, list)


def published(bench: Bench, assembly: Path, name: str) -> Rendered:
    """A template whose assets are in the bucket of the account."""
    prepare(bench.emulator, assembly)
    return Rendered.read(bench, assembly, name)
