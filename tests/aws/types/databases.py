"""Databases and their secrets."""

import json

from tests.aws.cloudformation.template import Json, Made
from tests.aws.front.errors import ServiceError

from .handler import Handler, Request, resource

_ZONES = 2


@resource("AWS::RDS::DBSubnetGroup")
class DbSubnetGroup(Handler):
    def create(self, request: Request) -> Made:
        subnets = request.client("ec2").describe_subnets(SubnetIds=request["SubnetIds"])["Subnets"]
        if len({subnet["AvailabilityZone"] for subnet in subnets}) < _ZONES:
            raise ServiceError(
                "DBSubnetGroupDoesNotCoverEnoughAZs",
                "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Add "
                "subnets to cover at least 2 AZs.",
            )
        name = request.get("DBSubnetGroupName", request.name(255)).lower()
        request.client("rds").create_db_subnet_group(
            DBSubnetGroupName=name,
            DBSubnetGroupDescription=request["DBSubnetGroupDescription"],
            SubnetIds=request["SubnetIds"],
        )
        return Made(name)

    def delete(self, request: Request, made: Made) -> None:
        request.client("rds").delete_db_subnet_group(DBSubnetGroupName=made.physical_id)


@resource("AWS::RDS::DBInstance")
class DbInstance(Handler):
    """A database; it takes an address of each of its subnets."""

    def create(self, request: Request) -> Made:
        rds, name = request.client("rds"), request.name(60).lower()
        instance = rds.create_db_instance(
            DBInstanceIdentifier=name,
            AllocatedStorage=int(request["AllocatedStorage"]),
            MasterUsername=request["MasterUsername"],
            MasterUserPassword=request["MasterUserPassword"],
            VpcSecurityGroupIds=request["VPCSecurityGroups"],
            **request.chosen("DBInstanceClass", "DBSubnetGroupName", "Engine", "EngineVersion"),
            **request.chosen("MultiAZ", "StorageEncrypted", "StorageType"),
        )["DBInstance"]
        (group,) = rds.describe_db_subnet_groups(DBSubnetGroupName=request["DBSubnetGroupName"])[
            "DBSubnetGroups"
        ]
        for subnet in group["Subnets"]:
            request.client_of_service("ec2").create_network_interface(
                SubnetId=subnet["SubnetIdentifier"],
                Groups=request["VPCSecurityGroups"],
                Description=f"RDSNetworkInterface {name}",
            )
        return Made(
            name,
            {
                "Endpoint.Address": instance["Endpoint"]["Address"],
                "Endpoint.Port": str(instance["Endpoint"]["Port"]),
                "DbiResourceId": instance["DbiResourceId"],
            },
        )

    def snapshot(self, request: Request, made: Made) -> None:
        request.client("rds").create_db_snapshot(
            DBSnapshotIdentifier=f"{made.physical_id}-snapshot",
            DBInstanceIdentifier=made.physical_id,
        )

    def update(self, request: Request, made: Made, old: Json) -> Made:
        kept = {name: value for name, value in old.items() if name != "DeletionProtection"}
        if kept != {
            name: value
            for name, value in request.properties.items()
            if name != "DeletionProtection"
        }:
            return super().update(request, made, old)
        return made

    def delete(self, request: Request, made: Made) -> None:
        if request.get("DeletionProtection"):
            raise ServiceError(
                "InvalidParameterCombination",
                "Cannot delete protected DB Instance, please disable deletion protection and try "
                "again.",
            )
        request.client("rds").delete_db_instance(
            DBInstanceIdentifier=made.physical_id, SkipFinalSnapshot=True
        )
        ec2 = request.client_of_service("ec2")
        for interface in ec2.describe_network_interfaces(
            Filters=[{"Name": "description", "Values": [f"*{made.physical_id}"]}]
        )["NetworkInterfaces"]:
            ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])


@resource("AWS::SecretsManager::Secret")
class Secret(Handler):
    def create(self, request: Request) -> Made:
        name = request.get("Name", request.name(64))
        client = request.client("secretsmanager")
        arn = client.create_secret(Name=name, SecretString=self._text(request))["ARN"]
        return Made(arn, {"Id": arn})

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(request, old, "Description", "GenerateSecretString", "SecretString")
        keys = ("GenerateSecretString", "SecretString")
        if any(old.get(key) != request.get(key) for key in keys):
            request.client("secretsmanager").put_secret_value(
                SecretId=made.physical_id, SecretString=self._text(request)
            )
        return made

    def _text(self, request: Request) -> str:
        client, text = request.client("secretsmanager"), request.get("SecretString")
        generate = request.get("GenerateSecretString")
        if generate is not None:
            password = client.get_random_password(
                PasswordLength=generate.get("PasswordLength", 32),
                ExcludeCharacters=generate.get("ExcludeCharacters", ""),
            )["RandomPassword"]
            content = json.loads(generate.get("SecretStringTemplate", "{}"))
            text = json.dumps({**content, generate.get("GenerateStringKey", "password"): password})
        return text or "{}"

    def delete(self, request: Request, made: Made) -> None:
        request.client("secretsmanager").delete_secret(
            SecretId=made.physical_id, ForceDeleteWithoutRecovery=True
        )


@resource("AWS::SecretsManager::SecretTargetAttachment")
class SecretTargetAttachment(Handler):
    """Writes into a secret where its database is."""

    def create(self, request: Request) -> Made:
        client, secret = request.client("secretsmanager"), request["SecretId"]
        (database,) = request.client("rds").describe_db_instances(
            DBInstanceIdentifier=request["TargetId"]
        )["DBInstances"]
        content = json.loads(client.get_secret_value(SecretId=secret)["SecretString"])
        content |= {"host": database["Endpoint"]["Address"], "port": database["Endpoint"]["Port"]}
        client.put_secret_value(SecretId=secret, SecretString=json.dumps(content))
        return Made(secret)

    def delete(self, request: Request, made: Made) -> None:
        pass
