"""Every message of the service that a configuration can cause is said before it is sent.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/smcluster-getting-started-slurm-cli.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-slurm-api-config-migration.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-cluster-events-reference.html
"""

from pathlib import Path

import pytest

from tests.rules.examples.script_folders import script_folder_examples

from .examples import EXAMPLES

FORESTALLED = {
    "Cluster must have exactly one InstanceGroup with Controller node type": {"ControllerGroup"},
    "2 Controller Groups found: SlurmConfig for InstanceGroups may only have one Controller "
    "Group.": {"ControllerGroup"},
    "Cluster X has no InstanceGroup with Controller node type.": {"ControllerGroup"},
    "Partitions can only be assigned to Compute node types": {"PartitionNotAllowed"},
    "FSx configurations are only supported for Custom VPC": {"FileSystemWithoutVpc"},
    "The LifeCycleConfig cannot include both a SLURM Orchestrator Config and a "
    "provisioning_parameters.json file simultaneously.": {"FormMode", "FormInScripts"},
    "LifeCycleConfig is required for instance group...": {
        "LifeCycleConfigMissing",
        "OnInitCompleteMode",
    },
    "OnCreate and OnInitComplete in LifeCycleConfig are mutually exclusive...": {
        "LifeCycleConfigExclusive"
    },
    "LifeCycleConfig for instance group is incomplete...": {"LifeCycleConfigIncomplete"},
    "LifeCycleConfig for instance group is provided but contains no configuration...": {
        "LifeCycleConfigEmpty"
    },
    "The instance group names provided by the request do not match the instance group names "
    "provided by the provisioning_parameters.json file": {"FormGroupUnknown", "FormGroupMissing"},
    "ResourceLimitExceeded": {"InstanceQuota"},
}
NOT_OF_THE_CONFIGURATION = {
    "LifeCycleConfig is optional but requires a compatible AMI...": "an AMI from before January "
    "2026, whose age its ID does not show",
    "Update required to use SlurmConfig in InstanceGroups": "an AMI from before January 2026, "
    "whose age its ID does not show",
    "Configuration drift detected.": "slurm.conf was edited by hand on the controller",
    "Partition configuration drift detected.": "slurm.conf was edited by hand on the controller",
    "cannot assume the execution role": "a role that was just made; the constructs order them",
    "We currently do not have sufficient capacity to launch new <type> instances. Please try "
    "again.": "the availability zone has no such instances left",
    "ResourceInUse": "another cluster of the account has the name",
}


@pytest.mark.parametrize(("message", "codes"), FORESTALLED.items())
def test_a_problem_quotes_the_message(message: str, codes: set[str], tmp_path: Path) -> None:
    texts = [example.text for example in (*EXAMPLES, *script_folder_examples(tmp_path))]
    quoted = [text for text in texts if 'HyperPod: "' in text and f'"{message}"' in text]

    assert {text.rpartition("(")[2].rstrip(")") for text in quoted} == codes


def test_no_problem_quotes_another_message(tmp_path: Path) -> None:
    for example in (*EXAMPLES, *script_folder_examples(tmp_path)):
        _, found, quotes = example.text.partition("HyperPod: ")
        for quote in quotes.split('"')[1::2] if found else ():
            assert quote in FORESTALLED
            assert quote not in NOT_OF_THE_CONFIGURATION
