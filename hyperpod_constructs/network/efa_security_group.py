"""A security group that lets EFA work.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-prerequisites.html
"""

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from hyperpod_constructs.cdk.object_checks import VPC, check, optional, required


class EfaSecurityGroup(ec2.SecurityGroup):
    """A security group whose members talk to each other over EFA.

    All traffic from and to itself is allowed, and all traffic to anywhere. EFA needs the rule
    for outgoing traffic to the group itself even beside the one for all addresses.
    """

    def __init__(
        self, scope: Construct, id: str, *, vpc: ec2.IVpc, description: str | None = None
    ) -> None:
        """Makes the security group.

        Args:
            scope: Construct to make it in.
            id: Id in that construct.
            vpc: VPC of the cluster.
            description: Text shown by EC2. Says that it is for HyperPod nodes when left out.

        Raises:
            ValidationError: `ArgumentType`.
        """
        check(required("vpc", vpc, VPC), optional("description", description, str))
        super().__init__(
            scope,
            id,
            vpc=vpc,
            description=description or "HyperPod nodes: EFA among themselves, all traffic out",
            allow_all_outbound=True,
        )
        self.add_ingress_rule(self, ec2.Port.all_traffic(), "All traffic from the nodes")
        ec2.CfnSecurityGroupEgress(
            self,
            "SelfEgress",
            group_id=self.security_group_id,
            ip_protocol="-1",
            destination_security_group_id=self.security_group_id,
            description="All traffic to the nodes",
        )
