"""The role and the bucket of the inference operator in a template.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-model-deployment-setup.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from hyperpod_constructs.model.kubernetes.inference_names import (
    INFERENCE,
    inference_role_problems,
    tls_bucket_problems,
)
from hyperpod_constructs.schema.json_values import object_of

from .assembly import flat_text
from .findings import Finding
from .role_policies import ROLE, role_policies
from .template_resources import Resources, UnfollowedError

_BUCKET = "AWS::S3::Bucket"
_POLICY = "/AmazonSageMakerHyperPodInferenceAccess"
_REFERENCE = re.compile(r"\$\{Token\[(\w+)(?:\.\w+)?\]\}")


def inference_findings(
    resources: Resources, logical_id: str, add_on: Mapping[str, Any]
) -> Iterator[Finding]:
    """Validates the names that an add-on uses. Values known only at deployment are not validated.

    Args:
        resources: Resources of the template.
        logical_id: Logical ID of the add-on.
        add_on: Properties of the add-on.
    """
    if add_on.get("AddonName") != INFERENCE:
        return
    values = _values(add_on.get("ConfigurationValues"))
    place = ("Resources", logical_id, "Properties", "ConfigurationValues")
    with suppress(UnfollowedError):
        bucket = _named(resources, values.get("tlsCertificateS3Bucket"), _BUCKET, "BucketName")
        if bucket is not None:
            for problem in tls_bucket_problems("", bucket, fix="use another bucket"):
                yield Finding(problem, place)
    with suppress(UnfollowedError):
        role = values.get("executionRoleArn")
        name = _named(resources, role, ROLE, "RoleName")
        own = _REFERENCE.fullmatch(str(role))
        if name is not None and own is not None and _has_policy_of_aws(resources, own[1]):
            for problem in inference_role_problems("", name):
                yield Finding(problem, ("Resources", own[1], "Properties", "RoleName"))


def _values(text: object) -> Mapping[str, Any]:
    """The values of an add-on; references to resources are `${Token[...]}`."""
    try:
        return object_of(json.loads(flat_text(text)))
    except ValueError:
        return {}


def _named(resources: Resources, value: object, kind: str, key: str) -> str | None:
    """The name of a resource, or a name that is written as it is; none if it is not known."""
    if not isinstance(value, str):
        return None
    reference = _REFERENCE.fullmatch(value)
    if reference is None:
        return value
    properties = resources.properties(reference[1], kind)
    return None if properties is None or key not in properties else flat_text(properties[key])


def _has_policy_of_aws(resources: Resources, logical_id: str) -> bool:
    return any(
        flat_text(arn).endswith(_POLICY) for arn in role_policies(resources, logical_id).other_arns
    )
