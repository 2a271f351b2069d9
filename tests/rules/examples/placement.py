"""Examples of the rules about where a cluster lives, what it refers to, and its tags."""

import hyperpod_constructs as hp
from tests.clusters.values import (
    CONTINUOUS,
    DATABASE,
    KEY,
    OTHER_ZONE,
    PRIVATE,
    ROLE,
    SMALL,
    api,
    api_worker,
    controller,
    eks,
    group,
    nova,
    restricted,
    slurm,
    slurm_worker,
    worker,
)

from .example import WARNING, Example

PUBLIC = hp.Subnet(name="Vpc/Public1", public=True)
OWN_SUBNET = hp.SubnetReference("subnet-0123456789abcdef0")
OWN_GROUP = hp.SecurityGroupReference("sg-0123456789abcdef0")
SIX_IDS = [f"sg-0123456{index}" for index in range(6)]
SIX_GROUPS = [hp.SecurityGroupReference(each) for each in SIX_IDS]
P5 = "ml.p5.48xlarge"
FLEXIBLE = group("any", instance_type=None, instance_types=[P5, "ml.p5e.48xlarge"])


def subnet(block: str) -> hp.Subnet:
    return hp.Subnet(ipv4_cidr_block=block)


EXAMPLES = [
    Example(
        "security_groups[2]: 'sg-01234560' is a duplicate of security_groups[0]; remove "
        "the duplicate (ListedTwice)",
        slurm(subnets=[PRIVATE], security_group_ids=[*SIX_IDS[:2], SIX_IDS[0]]),
        slurm(subnets=[PRIVATE], security_group_ids=SIX_IDS[:3]),
        WARNING,
    ),
    Example(
        "instance_groups[1].security_groups[1]: 'sg-0123456789abcdef0' is a duplicate "
        "of instance_groups[1].security_groups[0]; remove the duplicate (ListedTwice)",
        slurm(controller(), worker(security_groups=[OWN_GROUP] * 2), subnets=[PRIVATE]),
        slurm(controller(), worker(security_groups=[OWN_GROUP]), subnets=[PRIVATE]),
        WARNING,
    ),
    Example(
        "vpc: 'vpc' is required, since security_groups is specified; pass vpc=, or omit "
        "security_groups (VpcMissing)",
        slurm(vpc_arguments=["security_groups"]),
        slurm(vpc_arguments=["security_groups"], subnets=[PRIVATE]),
    ),
    Example(
        "vpc: 'vpc' is required, since instance_groups[1].subnets is specified; pass "
        "vpc=, or omit instance_groups[1].subnets (VpcMissing)",
        slurm_worker(subnets=[OWN_SUBNET]),
        slurm(controller(), worker(subnets=[OWN_SUBNET]), subnets=[PRIVATE]),
    ),
    Example(
        "vpc_subnets: 'vpc_subnets' selects no private subnet of the VPC; verify the zone, name "
        "and type of the selection against the subnets of the VPC (NoSubnets)",
        slurm(subnets=[]),
        slurm(subnets=[PRIVATE]),
    ),
    Example(
        "vpc_subnets: 17 subnets exceed the limit of 16; remove some (VpcConfigLimit)",
        slurm(subnets=[PRIVATE] * 17),
        slurm(subnets=[PRIVATE] * 16),
    ),
    Example(
        "security_groups: 6 security groups exceed the limit of 5; remove some (VpcConfigLimit)",
        slurm(subnets=[PRIVATE], security_group_ids=SIX_IDS),
        slurm(subnets=[PRIVATE], security_group_ids=SIX_IDS[:5]),
    ),
    Example(
        "restricted_instance_groups[0].security_groups: 6 security groups exceed the "
        "limit of 5; remove some (VpcConfigLimit)",
        nova(restricted(security_groups=SIX_GROUPS)),
        nova(restricted(security_groups=SIX_GROUPS[:5])),
    ),
    Example(
        "vpc_subnets[0]: 'Vpc/Public1' is a public subnet, which HyperPod does not "
        "support for EKS clusters; pass a private subnet with a route to a NAT gateway "
        "(PublicSubnet)",
        eks(subnets=[PUBLIC]),
        eks(subnets=[PRIVATE]),
    ),
    Example(
        "instance_groups[1].subnets[0]: 'Vpc/Public1' is a public subnet, in which "
        "instances have no public IP address and no route to the internet; pass a "
        "private subnet with a route to a NAT gateway (PublicSubnet)",
        slurm(subnets=[PRIVATE], own_subnets=[(), (PUBLIC,)]),
        slurm(subnets=[PRIVATE], own_subnets=[(), (PRIVATE,)]),
        WARNING,
    ),
    Example(
        "vpc_subnets: ['us-west-2a', 'us-west-2b'] are multiple Availability Zones; "
        "HyperPod uses one, and EFA does not cross zones; pass one subnet, and use "
        "subnets= for groups in other subnets (SeveralAvailabilityZones)",
        slurm(subnets=[PRIVATE, OTHER_ZONE]),
        slurm(subnets=[PRIVATE, PRIVATE]),
        WARNING,
    ),
    Example(
        "vpc_subnets: ['us-west-2a', 'us-west-2b'] are multiple Availability Zones; "
        "HyperPod uses one, and EFA does not cross zones; pass one subnet, and use "
        "subnets= for groups in other subnets (SeveralAvailabilityZones)",
        eks(FLEXIBLE, group("one"), subnets=[PRIVATE, OTHER_ZONE]),
        eks(FLEXIBLE, group("one", subnets=[OWN_SUBNET]), subnets=[PRIVATE, OTHER_ZONE]),
        WARNING,
    ),
    Example(
        "vpc_subnets[0].ipv4_cidr_block: '10.0.0/8' is not a valid IPv4 CIDR block; use "
        "a block such as '10.0.128.0/17' (Ipv4CidrBlock)",
        slurm(subnets=[subnet("10.0.0/8")]),
        slurm(subnets=[subnet("10.0.0.0/8")]),
    ),
    Example(
        "vpc_subnets: ['10.0.0.0/26'] provide 59 IP addresses, and the instances "
        "require 65; pass a larger subnet; an existing subnet cannot be enlarged "
        "(SubnetAddresses)",
        slurm(controller(), worker(instance_type=P5, count=2), subnets=[SMALL]),
        slurm(controller(), worker(instance_type=P5, count=1), subnets=[SMALL]),
        WARNING,
    ),
    Example(
        "vpc_subnets: ['10.0.0.0/26'] provide 59 IP addresses, and the instances "
        "require 81; pass a larger subnet; an existing subnet cannot be enlarged "
        "(SubnetAddresses)",
        eks(group(instance_type=P5, count=1), subnets=[SMALL]),
        eks(
            group(
                instance_type=P5,
                count=1,
                network_interface_type=hp.NetworkInterfaceType.EFA_ONLY,
            ),
            subnets=[SMALL],
        ),
        WARNING,
    ),
    Example(
        "instance_groups[1].subnets: ['10.0.0.0/26'] provide 59 IP addresses, and the "
        "instances require 64; pass a larger subnet; an existing subnet cannot be "
        "enlarged (SubnetAddresses)",
        slurm(
            controller(),
            worker(instance_type=P5, count=2, subnets=[OWN_SUBNET]),
            subnets=[PRIVATE],
            own_subnets=[(), (SMALL,)],
        ),
        slurm(
            controller(),
            worker(instance_type=P5, count=1, subnets=[OWN_SUBNET]),
            subnets=[PRIVATE],
            own_subnets=[(), (SMALL,)],
        ),
        WARNING,
    ),
    Example(
        "instance_groups[1].execution_role: 'arn:aws:iam::1:role/nodes' is not a valid "
        "role ARN; use an ARN such as 'arn:aws:iam::111122223333:role/name' (RoleArn)",
        slurm_worker(execution_role=hp.RoleReference("arn:aws:iam::1:role/nodes")),
        slurm_worker(execution_role=ROLE),
    ),
    Example(
        "cluster_role: 'role' is not a valid role ARN; use an ARN such as "
        "'arn:aws:iam::111122223333:role/name' (RoleArn)",
        eks(
            group(count=0),
            auto_scaling=hp.AutoScaling(),
            node_provisioning_mode=CONTINUOUS,
            cluster_role=hp.RoleReference("role"),
        ),
        eks(
            group(count=0),
            auto_scaling=hp.AutoScaling(),
            node_provisioning_mode=CONTINUOUS,
            cluster_role=ROLE,
        ),
    ),
    Example(
        "instance_groups[1].volumes[0].kms_key: 'a key' is not a valid key ARN; use an "
        "ARN such as 'arn:aws:kms:us-west-2:111122223333:key/id' (KmsKeyId)",
        api_worker(continuous=True, volumes=[hp.EbsVolume.root(kms_key=hp.KeyReference("a key"))]),
        api_worker(continuous=True, volumes=[hp.EbsVolume.root(kms_key=KEY)]),
    ),
    Example(
        "orchestrator.cluster: 'my-cluster' is not a valid EKS cluster ARN; use an ARN "
        "such as 'arn:aws:eks:us-west-2:111122223333:cluster/name' (EksClusterArn)",
        eks(orchestrator=hp.Eks(hp.EksClusterReference("my-cluster"))),
        eks(),
    ),
    Example(
        "orchestrator.accounting_database.secret: 'arn:aws:secretsmanager:secret' is "
        "not a valid secret ARN; use the ARN from aws secretsmanager describe-secret "
        "(SecretArn)",
        api(
            node_provisioning_mode=CONTINUOUS,
            database=hp.AccountingDatabase(
                **{**DATABASE, "secret": hp.SecretReference("arn:aws:secretsmanager:secret")}
            ),
        ),
        api(node_provisioning_mode=CONTINUOUS, database=hp.AccountingDatabase(**DATABASE)),
    ),
    Example(
        "vpc_subnets[0]: 'subnet_1' must be 'subnet-' followed by 8 or 17 hexadecimal "
        "digits; use an ID such as 'subnet-0123456789abcdef0' (NetworkId)",
        slurm(subnets=[hp.Subnet(subnet_id="subnet_1")]),
        slurm(subnets=[hp.Subnet(subnet_id="subnet-01234567")]),
    ),
    Example(
        "security_groups[0]: 'subnet-01234567' must be 'sg-' followed by 8 or 17 "
        "hexadecimal digits; use an ID such as 'sg-0123456789abcdef0' (NetworkId)",
        slurm(subnets=[PRIVATE], security_group_ids=["subnet-01234567"]),
        slurm(subnets=[PRIVATE], security_group_ids=["sg-01234567"]),
    ),
    Example(
        "instance_groups[1].subnets[0]: 'subnet-0123456789abcdef01' must be 'subnet-' "
        "followed by 8 or 17 hexadecimal digits; use an ID such as "
        "'subnet-0123456789abcdef0' (NetworkId)",
        slurm(
            controller(),
            worker(subnets=[hp.SubnetReference("subnet-0123456789abcdef01")]),
            subnets=[PRIVATE],
        ),
        slurm(controller(), worker(subnets=[OWN_SUBNET]), subnets=[PRIVATE]),
    ),
    Example(
        "restricted_instance_groups[0].security_groups[0]: 'sg-01234567x' must be 'sg-' "
        "followed by 8 or 17 hexadecimal digits; use an ID such as "
        "'sg-0123456789abcdef0' (NetworkId)",
        nova(restricted(security_groups=[hp.SecurityGroupReference("sg-01234567x")])),
        nova(restricted(security_groups=[OWN_GROUP])),
    ),
    Example(
        "tags: 51 tags exceed the limit of 50; remove some (Tags)",
        slurm(tags={f"tag{index}": "" for index in range(51)}),
        slurm(tags={f"tag{index}": "" for index in range(50)}),
    ),
    Example(
        "tags: 'aws:team' must be 1 to 128 letters, digits, spaces and _ . : / = + - @, "
        "and cannot start with 'aws:'; use a key such as 'team' (TagKey)",
        slurm(tags={"aws:team": "a"}),
        slurm(tags={"team": ""}),
    ),
    Example(
        "tags: '' must be 1 to 128 letters, digits, spaces and _ . : / = + - @, and "
        "cannot start with 'aws:'; use a key such as 'team' (TagKey)",
        slurm(tags={"": "a"}),
        slurm(tags={"Größe 1/2": "a"}),
    ),
    Example(
        "tags['team']: 'a#b' must be up to 256 letters, digits, spaces and _ . : / = + "
        "- @, and cannot start with 'aws:'; use a value such as 'research' (TagValue)",
        slurm(tags={"team": "a#b"}),
        slurm(tags={"team": "a+b"}),
    ),
    Example(
        f"tags['team']: '{'v' * 116}... must be up to 256 letters, digits, spaces and _ . "
        ": / = + - @, and cannot start with 'aws:'; use a value such as 'research' "
        "(TagValue)",
        slurm(tags={"team": "v" * 257}),
        slurm(tags={"team": "v" * 256}),
    ),
]
