"""Buckets, parameters, log groups, image repositories, keys, functions."""

import json
import zipfile
from io import BytesIO
from typing import Any

from botocore.exceptions import ClientError

from tests.aws.cloudformation.template import Json, Made
from tests.aws.front.errors import ServiceError
from tests.aws.functions import RUNTIME
from tests.aws.iam.policy import resource_policy
from tests.aws.permissions import allowed, role
from tests.aws.rules.buckets import refuse_public_policy

from .handler import Handler, Request, resource

_EXPIRATIONS = ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
_RESPONSE = RUNTIME / "cfnresponse.py"


@resource("AWS::S3::Bucket")
class Bucket(Handler):
    def create(self, request: Request) -> Made:
        s3 = request.client("s3")
        name = request.get("BucketName", request.name(63).lower())
        region = request.cloud.region
        where = (
            {}
            if region == "us-east-1"
            else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        )
        self._refuse_taken(request, name)
        s3.create_bucket(Bucket=name, **where)
        self._configure(request, name)
        return Made(
            name,
            {
                "Arn": f"arn:aws:s3:::{name}",
                "DomainName": f"{name}.s3.amazonaws.com",
                "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
            },
        )

    def update(self, request: Request, made: Made, old: Json) -> Made:  # noqa: ARG002
        self._configure(request, made.physical_id)
        return made

    def delete(self, request: Request, made: Made) -> None:
        request.client("s3").delete_bucket(Bucket=made.physical_id)

    def _refuse_taken(self, request: Request, name: str) -> None:
        taken = request.client_of_service("s3").list_buckets()["Buckets"]
        if any(bucket["Name"] == name for bucket in taken):
            message = f"{name} already exists"
            raise ClientError({"Error": {"Code": "AlreadyExists", "Message": message}}, "Create")

    def _configure(self, request: Request, name: str) -> None:
        s3 = request.client("s3")
        if "VersioningConfiguration" in request.properties:
            s3.put_bucket_versioning(
                Bucket=name, VersioningConfiguration=request["VersioningConfiguration"]
            )
        if "PublicAccessBlockConfiguration" in request.properties:
            s3.put_public_access_block(
                Bucket=name,
                PublicAccessBlockConfiguration=request["PublicAccessBlockConfiguration"],
            )
        if "BucketEncryption" in request.properties:
            rules = [
                {
                    "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
                    **{key: rule[key] for key in ("BucketKeyEnabled",) if key in rule},
                }
                for rule in request["BucketEncryption"]["ServerSideEncryptionConfiguration"]
            ]
            s3.put_bucket_encryption(
                Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules}
            )
        if "LifecycleConfiguration" in request.properties:
            s3.put_bucket_lifecycle_configuration(
                Bucket=name, LifecycleConfiguration=_lifecycle(request["LifecycleConfiguration"])
            )
        if request.get("Tags"):
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": request["Tags"]})


def _lifecycle(configuration: Json) -> Json:
    """The rules in the words of the API."""
    return {
        "Rules": [
            {
                "Status": rule["Status"],
                "Filter": {"Prefix": rule.get("Prefix", "")},
                **{key: rule[key] for key in _EXPIRATIONS if key in rule},
            }
            for rule in configuration["Rules"]
        ]
    }


@resource("AWS::S3::BucketPolicy")
class BucketPolicy(Handler):
    def create(self, request: Request) -> Made:
        resource_policy(request["PolicyDocument"], f"policy of bucket {request['Bucket']}")
        refuse_public_policy(request.cloud, request["Bucket"], request["PolicyDocument"])
        request.client("s3").put_bucket_policy(
            Bucket=request["Bucket"], Policy=json.dumps(request["PolicyDocument"])
        )
        return Made(request["Bucket"])

    def update(self, request: Request, made: Made, old: Json) -> Made:  # noqa: ARG002
        return self.create(request)

    def delete(self, request: Request, made: Made) -> None:
        request.client("s3").delete_bucket_policy(Bucket=made.physical_id)


@resource("AWS::SSM::Parameter")
class Parameter(Handler):
    def create(self, request: Request) -> Made:
        return self._put(request, request.get("Name", request.name()), overwrite=False)

    def update(self, request: Request, made: Made, old: Json) -> Made:  # noqa: ARG002
        return self._put(request, made.physical_id, overwrite=True)

    def _put(self, request: Request, name: str, *, overwrite: bool) -> Made:
        request.client("ssm").put_parameter(
            Name=name, Type=request["Type"], Value=request["Value"], Overwrite=overwrite
        )
        return Made(name, {"Type": request["Type"], "Value": request["Value"]})

    def delete(self, request: Request, made: Made) -> None:
        request.client("ssm").delete_parameter(Name=made.physical_id)


@resource("AWS::Logs::LogGroup")
class LogGroup(Handler):
    def create(self, request: Request) -> Made:
        name = request.get("LogGroupName", request.name(255))
        logs = request.client("logs")
        logs.create_log_group(logGroupName=name, **_lower_first(request.chosen("KmsKeyId")))
        self._retain(request, name)
        cloud = request.cloud
        return Made(
            name, {"Arn": f"arn:aws:logs:{cloud.region}:{cloud.account}:log-group:{name}:*"}
        )

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(request, old, "RetentionInDays")
        self._retain(request, made.physical_id)
        return made

    def _retain(self, request: Request, name: str) -> None:
        logs = request.client("logs")
        if "RetentionInDays" in request.properties:
            logs.put_retention_policy(logGroupName=name, retentionInDays=request["RetentionInDays"])
        else:
            logs.delete_retention_policy(logGroupName=name)

    def delete(self, request: Request, made: Made) -> None:
        request.client("logs").delete_log_group(logGroupName=made.physical_id)


@resource("AWS::ECR::Repository")
class Repository(Handler):
    def create(self, request: Request) -> Made:
        repository = request.client("ecr").create_repository(
            repositoryName=request.get("RepositoryName", request.name().lower()),
            **_lower_first(request.chosen("ImageTagMutability")),
        )["repository"]
        return Made(
            repository["repositoryName"],
            {"Arn": repository["repositoryArn"], "RepositoryUri": repository["repositoryUri"]},
        )

    def delete(self, request: Request, made: Made) -> None:
        request.client("ecr").delete_repository(repositoryName=made.physical_id)


@resource("AWS::KMS::Key")
class Key(Handler):
    def create(self, request: Request) -> Made:
        resource_policy(request["KeyPolicy"], f"policy of key {request.logical_id}")
        key = request.client("kms").create_key(
            Policy=json.dumps(request["KeyPolicy"]), **request.chosen("Description")
        )["KeyMetadata"]
        return Made(key["KeyId"], {"Arn": key["Arn"], "KeyId": key["KeyId"]})

    def update(self, request: Request, made: Made, old: Json) -> Made:
        self.refuse_changes(request, old, "Description", "EnableKeyRotation", "KeyPolicy")
        resource_policy(request["KeyPolicy"], f"policy of key {request.logical_id}")
        request.client("kms").put_key_policy(
            KeyId=made.physical_id, PolicyName="default", Policy=json.dumps(request["KeyPolicy"])
        )
        return made

    def delete(self, request: Request, made: Made) -> None:
        request.client("kms").schedule_key_deletion(KeyId=made.physical_id, PendingWindowInDays=7)


@resource("AWS::KMS::Alias")
class Alias(Handler):
    def create(self, request: Request) -> Made:
        request.client("kms").create_alias(**request.properties)
        return Made(request["AliasName"])

    def delete(self, request: Request, made: Made) -> None:
        request.client("kms").delete_alias(AliasName=made.physical_id)


@resource("AWS::Lambda::Function")
class Function(Handler):
    def create(self, request: Request) -> Made:
        name = request.get("FunctionName", request.name(64))
        _refuse_network(request)
        function = request.client("lambda").create_function(
            FunctionName=name,
            Code=_code(request),
            **request.chosen(
                *("Architectures", "Description", "Environment", "Handler", "Layers"),
                *("MemorySize", "Role", "Runtime", "Timeout", "VpcConfig"),
            ),
        )
        return Made(name, {"Arn": function["FunctionArn"]})

    def update(self, request: Request, made: Made, old: Json) -> Made:  # noqa: ARG002
        functions = request.client("lambda")
        functions.update_function_code(FunctionName=made.physical_id, **_code(request))
        functions.update_function_configuration(
            FunctionName=made.physical_id,
            **request.chosen("Environment", "Handler", "Layers", "MemorySize", "Role", "Runtime"),
        )
        return made

    def delete(self, request: Request, made: Made) -> None:
        request.client("lambda").delete_function(FunctionName=made.physical_id)


def _refuse_network(request: Request) -> None:
    """A function in a VPC has network interfaces, which its role creates."""
    cloud, action = request.cloud.acting_as(None), "ec2:CreateNetworkInterface"
    if "VpcConfig" in request.properties and not allowed(
        cloud, role(cloud, request["Role"]), action, "*"
    ):
        raise ServiceError(
            "InvalidParameterValueException",
            "The provided execution role does not have permissions to call CreateNetworkInterface on "
            "EC2",
        )


def _code(request: Request) -> Json:
    """The code of a function; inline code is the file `index` of an archive, beside `cfnresponse`."""
    if "ZipFile" not in request["Code"]:
        code: Json = request["Code"]
        return code
    archive, text = BytesIO(), request["Code"]["ZipFile"]
    is_node = str(request.get("Runtime")).startswith("nodejs")
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr(zipfile.ZipInfo("index.js" if is_node else "index.py"), text)
        if not is_node:
            files.writestr(zipfile.ZipInfo("cfnresponse.py"), _RESPONSE.read_text())
    return {"ZipFile": archive.getvalue()}


@resource("AWS::Lambda::LayerVersion")
class LayerVersion(Handler):
    def create(self, request: Request) -> Made:
        arn = request.client("lambda").publish_layer_version(
            LayerName=request.get("LayerName", request.name(64)),
            Content=request["Content"],
            **request.chosen("Description", "CompatibleRuntimes"),
        )["LayerVersionArn"]
        return Made(arn, {"LayerVersionArn": arn})

    def delete(self, request: Request, made: Made) -> None:
        *_, name, version = made.physical_id.split(":")
        request.client("lambda").delete_layer_version(LayerName=name, VersionNumber=int(version))


@resource("AWS::CDK::Metadata")
class Metadata(Handler):
    def create(self, request: Request) -> Made:
        return Made(request.name())

    def update(self, request: Request, made: Made, old: Json) -> Made:  # noqa: ARG002
        return made

    def delete(self, request: Request, made: Made) -> None:
        pass


def _lower_first(values: dict[str, Any]) -> dict[str, Any]:
    return {name[0].lower() + name[1:]: value for name, value in values.items()}
