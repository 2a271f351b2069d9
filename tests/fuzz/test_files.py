"""Files in the other shapes that are read, with something changed anywhere."""

import json
from typing import Any

from hypothesis import given, settings

from tests.clusters.everything import REQUESTS
from tests.clusters.neighbours import GOOD

from .mutations import documents
from .reports import checked, is_file

TRIES = settings().max_examples // 14
PLAN = {
    "format_version": "1.2",
    "planned_values": {
        "root_module": {
            "resources": [
                {
                    "address": "awscc_sagemaker_cluster.a",
                    "type": "awscc_sagemaker_cluster",
                    "values": {
                        "cluster_name": "a",
                        "instance_groups": [
                            {
                                "instance_group_name": "gpu",
                                "instance_type": "ml.m5.xlarge",
                                "instance_count": 1,
                                "instance_storage_configs": [
                                    {"ebs_volume_config": {"volume_size_in_gb": 5}}
                                ],
                                "kubernetes_config": {"labels": {"team": "a"}},
                            }
                        ],
                        "tags": [{"key": "a", "value": "b"}],
                    },
                }
            ],
            "child_modules": [{"resources": [{"type": "awscc_sagemaker_cluster", "values": {}}]}],
        }
    },
    "resource_changes": [
        {
            "address": "awscc_sagemaker_cluster.a",
            "change": {"after_unknown": {"instance_groups": [{"execution_role": True}]}},
        }
    ],
}
TEMPLATE = {"Resources": GOOD}
REQUEST = REQUESTS["continuous"]
FILES = [
    PLAN,
    TEMPLATE,
    {"StagesAvailable": ["Original"], "TemplateBody": TEMPLATE},
    {"TemplateBody": json.dumps(TEMPLATE)},
    {"ResourceDescription": {"Properties": json.dumps(REQUEST)}},
    {"ResourceDescriptions": [{"Properties": json.dumps(REQUEST)}]},
    {"Type": "AWS::SageMaker::Cluster", "Properties": REQUEST},
    REQUEST["InstanceGroups"],
    {"Stacks": [], "Parameters": []},
]


@settings(max_examples=TRIES)
@given(documents(FILES))
def test_a_file_is_judged_or_refused(content: Any) -> None:
    if is_file(content):
        found = checked(content)
        assert checked(content) == found
