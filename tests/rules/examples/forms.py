"""For each code of a provisioning form a text that it is about."""

import json
from typing import Any

import hyperpod_constructs as hp
from tests.clusters.requests import FORM
from tests.clusters.values import controller, slurm, worker

from .example import WARNING, Example


def changed(**fields: Any) -> str:
    return json.dumps({**FORM, **fields})


FORMS = {
    "FormNotJson": "{",
    "FormNotObject": "[]",
    "FormKeyTwice": '{"version": "1.0.0", "version": "1"}',
    "FormFieldMissing": changed(controller_group=None),
    "FormVersion": changed(version="1.0"),
    "WorkloadManager": changed(workload_manager="pbs"),
    "FormField": changed(fsx_dns_name="fs-1 -o exec", fsx_mountname="abcdefgh"),
    "FormGroupRoles": changed(login_group="gpu"),
}


def with_form(*groups: hp.InstanceGroup, **fields: Any) -> hp.ClusterModel:
    form = hp.ProvisioningParams.from_json(changed(**fields))
    return slurm(*(groups or (controller(), worker())), provisioning_params=form)


def worker_of_form(partition: str) -> dict[str, str]:
    return {"instance_group_name": "gpu", "partition_name": partition}


EXAMPLES = [
    Example(
        "provisioning_params.version: 'version' is documented as required; use '1.0.0' (FormVersion)",
        with_form(version=None),
        with_form(),
        WARNING,
    ),
    Example(
        "provisioning_params.fsx_dns_name: 'fsx_dns_name' is required with fsx_mountname to mount "
        "the file system; specify both or neither (FormFileSystem)",
        with_form(fsx_mountname="abcdefgh"),
        with_form(fsx_mountname="", fsx_dns_name="", fsx_openzfs_dns_name="", login_group=""),
        WARNING,
    ),
    Example(
        "provisioning_params.worker_groups[1]: 'gpu' is specified in worker_groups[0] and "
        "worker_groups[1]; specify each instance group once in the form (FormGroupRoles)",
        with_form(worker_groups=[worker_of_form("a"), worker_of_form("b")]),
        with_form(worker_groups=[worker_of_form("a")]),
        WARNING,
    ),
]
