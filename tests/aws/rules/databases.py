"""Databases.

Sources: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html,
https://github.com/ansible-collections/amazon.aws/pull/1240,
https://github.com/terraform-aws-modules/terraform-aws-rds/issues/451, and the versions of cfn-lint.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from tests.aws.cloud import Cloud
from tests.aws.front.before import before
from tests.aws.front.errors import ServiceError

SHORTEST, LONGEST = 8, 41
_NOT_IN_PASSWORDS = '/"@ '


@before("rds", "CreateDBInstance")
def refuse_versions(cloud: Cloud, arguments: dict[str, Any]) -> None:  # noqa: ARG001
    """Refuses a version that the engine does not have."""
    engine, version = arguments["Engine"], arguments.get("EngineVersion")
    known = _versions().get(engine)
    if version is not None and known is not None and str(version) not in known:
        raise ServiceError(
            "InvalidParameterCombination", f"Cannot find version {version} for {engine}"
        )


@before("rds", "CreateDBInstance")
def refuse_passwords(cloud: Cloud, arguments: dict[str, Any]) -> None:  # noqa: ARG001
    """Refuses passwords of a wrong length, or with signs that passwords do not have."""
    password = arguments.get("MasterUserPassword")
    if password is None:
        return
    problem = None
    if len(password) < SHORTEST:
        problem = f"it is shorter than {SHORTEST} characters"
    elif arguments["Engine"] in {"mariadb", "mysql"} and len(password) > LONGEST:
        problem = f"it is longer than {LONGEST} characters"
    elif any(sign in password for sign in _NOT_IN_PASSWORDS):
        problem = "only printable ASCII characters besides '/', '@', '\"', ' ' may be used"
    if problem:
        raise ServiceError(
            "InvalidParameterValue",
            f"The parameter MasterUserPassword is not a valid password because {problem}.",
        )


@before("rds", "CreateDBInstance")
def refuse_other_networks(cloud: Cloud, arguments: dict[str, Any]) -> None:
    """Refuses security groups of another VPC than that of the subnets."""
    name, groups = arguments.get("DBSubnetGroupName"), arguments.get("VpcSecurityGroupIds")
    if name is None or not groups:
        return
    found = cloud.client("rds").describe_db_subnet_groups(DBSubnetGroupName=name)
    (subnets,) = found["DBSubnetGroups"]
    described = cloud.client("ec2").describe_security_groups(GroupIds=groups)["SecurityGroups"]
    if {group["VpcId"] for group in described} != {subnets["VpcId"]}:
        raise ServiceError(
            "InvalidParameterCombination",
            "The DB instance and EC2 security group are in different VPCs.",
        )


@cache
def _versions() -> dict[str, set[str]]:
    """The versions of each engine."""
    path = files("cfnlint") / "data/schemas/extensions/aws_rds_dbinstance/engine_version.json"
    found: dict[str, set[str]] = {}
    for each in json.loads(path.read_text())["allOf"]:
        engine = each["if"]["properties"]["Engine"].get("const")
        versions = each["then"]["properties"].get("EngineVersion", {}).get("enum")
        if engine is not None and versions is not None:
            found[engine] = set(map(str, versions))
    return found
