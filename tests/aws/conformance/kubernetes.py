"""What EKS rejects of clusters, access entries, add-ons and pod identities."""

from tests.aws.cloudformation.template import Json

from .networks import subnet, vpc
from .scenario import Kind, Scenario, create
from .templates import of

_API = "https://docs.aws.amazon.com/eks/latest/APIReference"
_NETWORK = "https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html"
_ISSUE = "https://github.com/awslabs/awsome-distributed-ai/issues/1075"
_FAILED = "ROLLBACK_COMPLETE"
_PODS = ("sts:AssumeRole", "sts:TagSession")


def role(service: str, *actions: str) -> Json:
    """A role of a service."""
    statement = {
        "Effect": "Allow",
        "Action": list(actions or ("sts:AssumeRole",)),
        "Principal": {"Service": service},
    }
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}}


def zone(number: int) -> Json:
    """A subnet of the VPC in a zone of its own."""
    where = {"Fn::Select": [number, {"Fn::GetAZs": ""}]}
    return subnet(CidrBlock=f"10.0.{number}.0/28", AvailabilityZone=where)


def cluster(*, mode: str = "API", subnets: tuple[str, ...] = ("A", "B"), **more: object) -> Json:
    """An EKS cluster."""
    config = {"SubnetIds": [{"Ref": name} for name in subnets]}
    return {
        "Type": "AWS::EKS::Cluster",
        "Properties": {
            "AccessConfig": {"AuthenticationMode": mode},
            "ResourcesVpcConfig": config,
            "RoleArn": {"Fn::GetAtt": ["R", "Arn"]},
            "Version": "1.34",
            **more,
        },
    }


def resource(kind: str, **properties: object) -> Json:
    """A resource of the EKS cluster."""
    return {"Type": f"AWS::EKS::{kind}", "Properties": {"ClusterName": {"Ref": "C"}, **properties}}


def entry(policy: str = "AmazonEKSViewPolicy", **scope: object) -> Json:
    """An access entry of a role."""
    arn = f"arn:aws:eks::aws:cluster-access-policy/{policy}"
    return resource(
        "AccessEntry",
        PrincipalArn={"Fn::GetAtt": ["P", "Arn"]},
        AccessPolicies=[{"PolicyArn": arn, "AccessScope": scope or {"Type": "cluster"}}],
    )


BASE = {
    "V": vpc(),
    "A": zone(0),
    "B": zone(1),
    "R": role("eks.amazonaws.com"),
    "P": role("ec2.amazonaws.com"),
    "C": cluster(),
}
_IDENTITY = {"ServiceAccount": "a", "RoleArn": {"Fn::GetAtt": ["P", "Arn"]}}

SCENARIOS = [
    Scenario(
        "3.1",
        "EKS cluster with its access entry",
        (create(of(**BASE, E=entry())),),
        "CREATE_COMPLETE",
        f"{_API}/API_CreateAccessEntry.html",
    ),
    Scenario(
        "3.2",
        "EKS cluster in one zone",
        (create(of(**{**BASE, "C": cluster(subnets=("A",))})),),
        _FAILED,
        _NETWORK,
        says="at least two different AZs",
    ),
    Scenario(
        "3.3",
        "EKS cluster with a role of another service",
        (create(of(**{**BASE, "R": role("ec2.amazonaws.com")})),),
        _FAILED,
        f"{_API}/API_CreateCluster.html",
        says="the trusted entity is not correct",
    ),
    Scenario(
        "3.4",
        "access entry in a cluster that reads aws-auth",
        (create(of(**{**BASE, "C": cluster(mode="CONFIG_MAP")}, E=entry())),),
        _FAILED,
        f"{_API}/API_CreateAccessEntry.html",
        says="authentication mode must be set to one of [API, API_AND_CONFIG_MAP]",
    ),
    Scenario(
        "3.5",
        "two access entries of a role",
        (create(of(**BASE, E=entry(), F=entry())),),
        _FAILED,
        f"{_API}/API_CreateAccessEntry.html",
    ),
    Scenario(
        "3.6",
        "access to namespaces without names",
        (create(of(**BASE, E=entry(Type="namespace"))),),
        _FAILED,
        f"{_API}/API_AccessScope.html",
    ),
    Scenario(
        "3.7",
        "access policy that does not exist",
        (create(of(**BASE, E=entry("AmazonEKSOwnerPolicy"))),),
        _FAILED,
        f"{_API}/API_AssociateAccessPolicy.html",
    ),
    Scenario(
        "3.8",
        "add-on before nodes",
        (create(of(**BASE, D=resource("Addon", AddonName="coredns"))),),
        _FAILED,
        "https://github.com/pulumi/pulumi-eks/issues/1819",
        Kind.ISSUE,
        says="DEGRADED",
    ),
    Scenario(
        "3.9",
        "add-on that needs no pods before nodes",
        (create(of(**BASE, D=resource("Addon", AddonName="vpc-cni"))),),
        "CREATE_COMPLETE",
        "https://docs.aws.amazon.com/eks/latest/userguide/eks-add-ons.html",
    ),
    Scenario(
        "3.10",
        "add-on that does not exist",
        (create(of(**BASE, D=resource("Addon", AddonName="kueue"))),),
        _FAILED,
        f"{_API}/API_CreateAddon.html",
        says="is not supported",
    ),
    Scenario(
        "3.11",
        "training operator with an association of its own",
        (
            create(
                of(
                    **{**BASE, "P": role("pods.eks.amazonaws.com", *_PODS)},
                    D=resource(
                        "Addon",
                        AddonName="amazon-sagemaker-hyperpod-training-operator",
                        PodIdentityAssociations=[_IDENTITY],
                    ),
                )
            ),
        ),
        _FAILED,
        _ISSUE,
        Kind.ISSUE,
        says="Pod Identity feature is not supported",
    ),
    Scenario(
        "3.12",
        "pod identity with a role that pods cannot tag",
        (
            create(
                of(
                    **{**BASE, "P": role("pods.eks.amazonaws.com")},
                    I=resource("PodIdentityAssociation", Namespace="n", **_IDENTITY),
                )
            ),
        ),
        _FAILED,
        f"{_API}/API_CreatePodIdentityAssociation.html",
        says="Trust policy of role",
    ),
    Scenario(
        "3.13",
        "values of task governance",
        (
            create(
                of(
                    **BASE,
                    D=resource(
                        "Addon",
                        AddonName="amazon-sagemaker-hyperpod-taskgovernance",
                        ConfigurationValues='{"gang": true}',
                    ),
                )
            ),
        ),
        _FAILED,
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-operate-console-ui-governance-setup.html",
        says="additional properties are not allowed",
    ),
]
