"""For each code of a provisioning form a text that it is about."""

import json
from typing import Any

from tests.clusters.requests import FORM


def changed(**fields: Any) -> str:
    return json.dumps({**FORM, **fields})


FORMS = {
    "FormNotJson": "{",
    "FormNotObject": "[]",
    "FormKeyTwice": '{"version": "1.0.0", "version": "1"}',
    "FormFieldMissing": changed(controller_group=None),
    "FormVersion": changed(version="1.0"),
    "WorkloadManager": changed(workload_manager="pbs"),
    "FormFileSystem": changed(fsx_mountname="abcdefgh"),
    "FormGroupRoles": changed(login_group="gpu"),
}
