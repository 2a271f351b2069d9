"""EKS clusters, their add-ons, access entries and pod identities."""

from typing import Any

from botocore.exceptions import ClientError
from moto.eks.models import eks_backends

from tests.aws.cloudformation.template import Json, Made
from tests.aws.eks.control_planes import ControlPlane, existing, put, remove
from tests.aws.front.errors import ResourceFailure, ServiceError
from tests.aws.permissions import trusts

from .handler import Handler, Request, resource

VERSIONS = ("1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36")


@resource("AWS::EKS::Cluster")
class EksCluster(Handler):
    """A cluster of moto, with its security group, and network interfaces in its subnets.

    Sources: https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html and
    https://docs.aws.amazon.com/eks/latest/userguide/cluster-iam-role.html
    """

    def create(self, request: Request) -> Made:
        name = request.get("Name", request.name(100))
        wanted, vpc = request["ResourcesVpcConfig"], self._check(request)
        made = request.client("eks").create_cluster(
            name=name,
            version=request.get("Version", VERSIONS[-1]),
            roleArn=request["RoleArn"],
            resourcesVpcConfig={
                "subnetIds": wanted["SubnetIds"],
                "securityGroupIds": wanted.get("SecurityGroupIds", []),
                "endpointPublicAccess": wanted.get("EndpointPublicAccess", True),
                "endpointPrivateAccess": wanted.get("EndpointPrivateAccess", False),
            },
        )["cluster"]
        ec2 = request.client_of_service("ec2")
        group = ec2.create_security_group(
            GroupName=f"eks-cluster-sg-{name}", Description=f"EKS cluster {name}", VpcId=vpc
        )["GroupId"]
        own = [{"UserIdGroupPairs": [{"GroupId": group}], "IpProtocol": "-1"}]
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=own)
        groups = [group, *wanted.get("SecurityGroupIds", [])]
        control_plane = ControlPlane(mode=request.get("AccessConfig", {}).get("AuthenticationMode"))
        control_plane.mode = control_plane.mode or "CONFIG_MAP"
        for subnet in wanted["SubnetIds"]:
            interface = ec2.create_network_interface(
                SubnetId=subnet, Groups=groups, Description=f"Amazon EKS {name}"
            )
            control_plane.interfaces.append(interface["NetworkInterface"]["NetworkInterfaceId"])
        put(name, control_plane)
        _stored(request, name).resources_vpc_config |= {
            "clusterSecurityGroupId": group,
            "vpcId": vpc,
        }
        vars(_stored(request, name))["access_config"] = {"authenticationMode": control_plane.mode}
        return Made(
            name,
            {
                "Arn": made["arn"],
                "CertificateAuthorityData": made["certificateAuthority"]["data"],
                "ClusterSecurityGroupId": group,
                "Endpoint": made["endpoint"],
                "Id": name,
                "OpenIdConnectIssuerUrl": made["identity"]["oidc"]["issuer"],
            },
        )

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(request, old, "Version", "Logging")
        before, after = (VERSIONS.index(each["Version"]) for each in (old, request))
        if after - before not in {0, 1}:
            raise ServiceError(
                "InvalidParameterException",
                f"Unsupported Kubernetes minor version update from {old['Version']} to "
                f"{request['Version']}",
            )
        _stored(request, made.physical_id).version = request["Version"]
        return made

    def delete(self, request: Request, made: Made) -> None:
        name = made.physical_id
        request.client("eks").delete_cluster(name=name)
        control_plane, ec2 = remove(name), request.client_of_service("ec2")
        for interface in control_plane.interfaces if control_plane else ():
            ec2.delete_network_interface(NetworkInterfaceId=interface)
        ec2.delete_security_group(GroupId=made.attributes["ClusterSecurityGroupId"])

    def _check(self, request: Request) -> str:
        """Refuses what EKS refuses, and returns the VPC."""
        role, version = request["RoleArn"], request.get("Version", VERSIONS[-1])
        if not trusts(request.cloud.acting_as(None), role, "eks.amazonaws.com"):
            raise _invalid(
                f"Role with arn: {role}, could not be assumed because it does not exist or the "
                "trusted entity is not correct"
            )
        if version not in VERSIONS:
            raise _invalid(f"unsupported Kubernetes version {version}")
        ec2 = request.client_of_service("ec2")
        try:
            subnets = ec2.describe_subnets(SubnetIds=request["ResourcesVpcConfig"]["SubnetIds"])
        except ClientError as error:
            raise _invalid(error.response["Error"]["Message"]) from error
        if len({each["AvailabilityZone"] for each in subnets["Subnets"]}) < 2:
            raise _invalid("Subnets specified must be in at least two different AZs")
        for config in request.get("EncryptionConfig", []):
            key = config["Provider"]["KeyArn"]
            try:
                request.client("kms").describe_key(KeyId=key)
            except ClientError as error:
                raise _invalid(
                    f"The keyArn in encryptionConfig provider {key} is invalid"
                ) from error
        return str(subnets["Subnets"][0]["VpcId"])


@resource("AWS::EKS::Addon")
class AddOn(Handler):
    """An add-on, which is created when its pods are ready.

    That CloudFormation does not accept an add-on that is degraded is not documented; Terraform and
    Pulumi do not.
    """

    def create(self, request: Request) -> Made:
        cluster, name = request["ClusterName"], request["AddonName"]
        made = request.client("eks").create_addon(
            clusterName=cluster,
            addonName=name,
            **_lower(request.chosen("AddonVersion", "ConfigurationValues", "ResolveConflicts")),
            **_lower(request.chosen("ServiceAccountRoleArn")),
            **_lower(request.chosen("PodIdentityAssociations")),
            **_tags(request),
        )["addon"]
        return Made(f"{cluster}|{name}", {"Arn": made["addonArn"]})

    def settle(self, request: Request, made: Made) -> Made:
        found = request.client("eks").describe_addon(
            clusterName=request["ClusterName"], addonName=request["AddonName"]
        )["addon"]
        if found["status"] != "ACTIVE":
            issues = "; ".join(issue["message"] for issue in found["health"]["issues"])
            raise ResourceFailure(f"Addon is {found['status']}: {issues}", made.physical_id)
        return made

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(
            request, old, "AddonVersion", "ConfigurationValues", "ServiceAccountRoleArn"
        )
        request.client("eks").update_addon(
            clusterName=request["ClusterName"],
            addonName=request["AddonName"],
            **_lower(
                request.chosen("AddonVersion", "ConfigurationValues", "ServiceAccountRoleArn")
            ),
        )
        return made

    def delete(self, request: Request, made: Made) -> None:  # noqa: ARG002
        request.client("eks").delete_addon(
            clusterName=request["ClusterName"], addonName=request["AddonName"]
        )


@resource("AWS::EKS::AccessEntry")
class AccessEntry(Handler):
    def create(self, request: Request) -> Made:
        cluster, principal = request["ClusterName"], request["PrincipalArn"]
        eks = request.client("eks")
        made = eks.create_access_entry(
            clusterName=cluster,
            principalArn=principal,
            **_lower(request.chosen("KubernetesGroups", "Type", "Username")),
            **_tags(request),
        )["accessEntry"]
        self._associate(request, request.get("AccessPolicies", []))
        return Made(f"{principal}|{cluster}", {"AccessEntryArn": made["accessEntryArn"]})

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(request, old, "AccessPolicies", "KubernetesGroups", "Username")
        eks, place = request.client("eks"), self._place(request)
        eks.update_access_entry(**place, **_lower(request.chosen("KubernetesGroups", "Username")))
        wanted = request.get("AccessPolicies", [])
        for arn in {each["PolicyArn"] for each in old.get("AccessPolicies", [])}:
            if arn not in {each["PolicyArn"] for each in wanted}:
                eks.disassociate_access_policy(**place, policyArn=arn)
        self._associate(request, wanted)
        return made

    def delete(self, request: Request, made: Made) -> None:  # noqa: ARG002
        request.client("eks").delete_access_entry(**self._place(request))

    def _associate(self, request: Request, policies: list[Json]) -> None:
        for policy in policies:
            request.client("eks").associate_access_policy(**self._place(request), **_lower(policy))

    @staticmethod
    def _place(request: Request) -> dict[str, str]:
        return {"clusterName": request["ClusterName"], "principalArn": request["PrincipalArn"]}


@resource("AWS::EKS::PodIdentityAssociation")
class PodIdentityAssociation(Handler):
    def create(self, request: Request) -> Made:
        made = request.client("eks").create_pod_identity_association(
            **_lower(request.chosen("ClusterName", "Namespace", "RoleArn", "ServiceAccount")),
            **_tags(request),
        )["association"]
        name = made["associationId"]
        return Made(name, {"AssociationArn": made["associationArn"], "AssociationId": name})

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(request, old, "RoleArn")
        request.client("eks").update_pod_identity_association(
            clusterName=request["ClusterName"],
            associationId=made.physical_id,
            roleArn=request["RoleArn"],
        )
        return made

    def delete(self, request: Request, made: Made) -> None:
        request.client("eks").delete_pod_identity_association(
            clusterName=request["ClusterName"], associationId=made.physical_id
        )


@resource("AWS::IAM::OIDCProvider")
class OidcProvider(Handler):
    def create(self, request: Request) -> Made:
        arn = request.client("iam").create_open_id_connect_provider(
            Url=request["Url"],
            ClientIDList=request.get("ClientIdList", []),
            ThumbprintList=request.get("ThumbprintList", []),
        )["OpenIDConnectProviderArn"]
        return Made(arn, {"Arn": arn})

    def delete(self, request: Request, made: Made) -> None:
        request.client("iam").delete_open_id_connect_provider(
            OpenIDConnectProviderArn=made.physical_id
        )


def _stored(request: Request, name: str) -> Any:
    existing(name)
    return eks_backends[request.cloud.account][request.cloud.region].clusters[name]


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterException", message)


def _tags(request: Request) -> Json:
    """The tags, as EKS takes them."""
    tags = {each["Key"]: each["Value"] for each in request.get("Tags", [])}
    return {"tags": tags} if tags else {}


def _lower(value: Any) -> Any:
    """Properties with the names of the API."""
    match value:
        case dict():
            return {name[0].lower() + name[1:]: _lower(each) for name, each in value.items()}
        case list():
            return [_lower(each) for each in value]
    return value
