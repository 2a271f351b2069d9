"""What FSx wants of the network of a file system, when it is created.

Sources: https://docs.aws.amazon.com/fsx/latest/LustreGuide/limit-access-security-groups.html and
https://github.com/aws/aws-parallelcluster/issues/6181
"""

from botocore.exceptions import ClientError

from tests.aws.cloud import Cloud
from tests.aws.cloudformation.template import Json
from tests.aws.front.before import before
from tests.aws.front.errors import ServiceError

from .reachability import allows

LNET = (988, 988)
"""The port at which file servers of Lustre reach one another."""


@before("fsx", "CreateFileSystem")
def check_network(cloud: Cloud, request: Json) -> None:
    """Refuses a file system whose network is wrong."""
    ec2 = cloud.client("ec2")
    try:
        (subnet, *_) = ec2.describe_subnets(SubnetIds=request["SubnetIds"])["Subnets"]
        given = request.get("SecurityGroupIds")
        filters = [
            {"Name": "vpc-id", "Values": [subnet["VpcId"]]},
            {"Name": "group-name", "Values": ["default"]},
        ]
        found = ec2.describe_security_groups(
            **({"GroupIds": given} if given else {"Filters": filters})
        )["SecurityGroups"]
    except ClientError as error:
        raise _wrong(error.response["Error"]["Message"]) from error
    for group in found:
        if group["VpcId"] != subnet["VpcId"]:
            raise _wrong(f"{group['GroupId']} is not in {subnet['VpcId']}")
    if request["FileSystemType"] == "LUSTRE":
        own = {group["GroupId"] for group in found}
        for direction in ("IpPermissions", "IpPermissionsEgress"):
            rules = [rule for group in found for rule in group[direction]]
            if not allows(rules, own, LNET, [subnet["CidrBlock"]]):
                raise _wrong(
                    "The file system cannot be created because the security groups "
                    f"{', '.join(sorted(own))} do not permit Lustre LNET network traffic on port 988"
                )


def _wrong(message: str) -> ServiceError:
    return ServiceError("InvalidNetworkSettings", message)
