"""The function that creates task governance, against a service that behaves as documented."""

import json
from importlib import import_module
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from hyperpod_constructs.eks.governance_function import HANDLER
from tests.fuzz.second_opinions import input_shape

handler: Any = import_module("hyperpod_constructs.eks.governance_handler")
CLUSTER = "arn:aws:sagemaker:ap-south-2:111122223333:cluster/abcdefghijkl"
QUOTA = {
    "Name": "stack-team-research",
    "ClusterArn": CLUSTER,
    "ComputeQuotaConfig": {
        "ComputeQuotaResources": [{"InstanceType": "ml.p5.48xlarge", "Count": 6}]
    },
    "ComputeQuotaTarget": {"TeamName": "research", "FairShareWeight": 60},
    "ActivationState": "Enabled",
}
POLICY = {
    "Name": "stack-policy",
    "ClusterArn": CLUSTER,
    "SchedulerConfig": {"FairShare": "Enabled", "PriorityClasses": []},
}
KINDS = {"ComputeQuota": QUOTA, "ClusterSchedulerConfig": POLICY}


class Service:
    """The API: it validates requests, knows versions, and takes two looks for each change."""

    def __init__(self) -> None:
        self.resources: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.fails: set[str] = set()
        self.made = 0

    def __getattr__(self, operation: str) -> Any:
        verb, _, noun = operation.partition("_")
        kind = "".join(part.capitalize() for part in noun.split("_"))

        def call(**request: Any) -> dict[str, Any]:
            self.calls.append(operation)
            report = botocore.validate.ParamValidator().validate(
                request, input_shape(f"{verb.capitalize()}{kind}")
            )
            assert report.generate_report() == ""
            return getattr(self, f"_{verb}")(kind, request)  # type: ignore[no-any-return]

        return call

    def _create(self, kind: str, request: dict[str, Any]) -> dict[str, Any]:
        if any(
            handler.identity(each)[1:] == handler.identity(request)[1:]
            for each in self.resources.values()
        ):
            raise error("ConflictException")
        self.made += 1
        known = f"abcdefghijk{self.made}"
        status = "CreateFailed" if "create" in self.fails else "Creating"
        self.resources[known] = {**request, f"{kind}Version": 1, "Status": status}
        return {f"{kind}Id": known}

    def _describe(self, kind: str, request: dict[str, Any]) -> dict[str, Any]:
        known = request[f"{kind}Id"]
        if known not in self.resources:
            raise error("ResourceNotFound")
        found = dict(self.resources[known])
        after = {"Creating": "Created", "Updating": "Updated"}
        if found["Status"] == "Deleting":
            del self.resources[known]
        else:
            self.resources[known]["Status"] = after.get(found["Status"], found["Status"])
        return found

    def _update(self, kind: str, request: dict[str, Any]) -> dict[str, Any]:
        found = self.resources[request.pop(f"{kind}Id")]
        if request.pop("TargetVersion") != found[f"{kind}Version"]:
            raise error("ConflictException")
        found.update(request)
        found[f"{kind}Version"] += 1
        found["Status"] = "UpdateFailed" if "update" in self.fails else "Updating"
        return {}

    def _delete(self, kind: str, request: dict[str, Any]) -> dict[str, Any]:
        self.resources[request[f"{kind}Id"]]["Status"] = "Deleting"
        return {}


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "Operation")


class CloudFormation:
    """Sends requests of one resource, and rolls back as CloudFormation does."""

    def __init__(self, kind: str, answers: list[dict[str, Any]]) -> None:
        self.kind, self.answers = kind, answers
        self.physical_id: str | None = None

    def send(self, request_type: str, request: dict[str, Any]) -> dict[str, Any]:
        event: dict[str, Any] = {
            "RequestType": request_type,
            **dict.fromkeys(
                ("StackId", "RequestId", "LogicalResourceId", "ResponseURL"), "https://x"
            ),
            "ResourceProperties": {"Kind": self.kind, "Request": json.dumps(request)},
        }
        if self.physical_id is not None:
            event["PhysicalResourceId"] = self.physical_id
        handler.handler(event, None)
        return self.answers[-1]

    def create(self, request: dict[str, Any]) -> str:
        answer = self.send("Create", request)
        self.physical_id = answer["PhysicalResourceId"]
        return str(answer["Status"])

    def update(self, request: dict[str, Any]) -> str:
        answer = self.send("Update", request)
        before, after = self.physical_id, answer["PhysicalResourceId"]
        if answer["Status"] == "SUCCESS" and before != after:
            self.send("Delete", request)
            self.physical_id = after
        return str(answer["Status"])

    def delete(self, request: dict[str, Any]) -> str:
        return str(self.send("Delete", request)["Status"])


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    service = Service()
    monkeypatch.setattr(handler.boto3, "client", lambda _: service)
    monkeypatch.setattr(handler.time, "sleep", lambda _: None)
    return service


@pytest.fixture(params=KINDS)
def stack(
    request: pytest.FixtureRequest, service: Service, monkeypatch: pytest.MonkeyPatch
) -> CloudFormation:
    assert service.calls == []
    answers: list[dict[str, Any]] = []

    class Response:
        def close(self) -> None:
            pass

    def urlopen(sent: Any) -> Response:
        answers.append(json.loads(sent.data))
        return Response()

    monkeypatch.setattr(handler.urllib.request, "urlopen", urlopen)
    return CloudFormation(request.param, answers)


def changed(request: dict[str, Any]) -> dict[str, Any]:
    if "SchedulerConfig" in request:
        return {**request, "SchedulerConfig": {"FairShare": "Disabled"}}
    return {**request, "ActivationState": "Disabled"}


def test_the_code_is_inline() -> None:
    assert len(HANDLER.read_text()) <= 4096


def test_create_update_and_delete(stack: CloudFormation, service: Service) -> None:
    request = KINDS[stack.kind]

    assert stack.create(request) == "SUCCESS"
    known = stack.physical_id
    assert stack.update(changed(request)) == "SUCCESS"
    assert stack.update({**request, "Description": "later"}) == "SUCCESS"
    assert stack.physical_id == known
    (found,) = service.resources.values()
    assert found[f"{stack.kind}Version"] == 3
    assert found["Description"] == "later"
    assert stack.delete(request) == "SUCCESS"
    assert service.resources == {}


def test_another_name_replaces_it(stack: CloudFormation, service: Service) -> None:
    request = KINDS[stack.kind]
    stack.create(request)
    known = stack.physical_id

    assert stack.update({**request, "Name": "other"}) == "SUCCESS"
    assert stack.physical_id != known
    assert [found["Name"] for found in service.resources.values()] == ["other"]


def test_another_cluster_replaces_it_after_the_new_one_is_created(
    stack: CloudFormation, service: Service
) -> None:
    request = KINDS[stack.kind]
    stack.create(request)

    assert stack.update({**request, "ClusterArn": CLUSTER[:-1] + "m"}) == "SUCCESS"
    assert len(service.resources) == 1
    creates = [call for call in service.calls if not call.startswith("describe")]
    assert [call.partition("_")[0] for call in creates] == ["create", "create", "delete"]


def test_a_failed_creation_is_deleted(stack: CloudFormation, service: Service) -> None:
    service.fails.add("create")

    assert stack.create(KINDS[stack.kind]) == "FAILED"
    assert stack.physical_id in service.resources
    assert stack.delete(KINDS[stack.kind]) == "SUCCESS"
    assert service.resources == {}


def test_a_refused_creation_leaves_nothing_to_delete(
    stack: CloudFormation, service: Service
) -> None:
    stack.create(KINDS[stack.kind])
    other = CloudFormation(stack.kind, stack.answers)

    assert other.create(KINDS[stack.kind]) == "FAILED"
    assert "ConflictException" in stack.answers[-1]["Reason"]
    assert other.delete(KINDS[stack.kind]) == "SUCCESS"
    assert len(service.resources) == 1


def test_a_failed_update_is_rolled_back(stack: CloudFormation, service: Service) -> None:
    request = KINDS[stack.kind]
    stack.create(request)
    service.fails.add("update")

    assert stack.update(changed(request)) == "FAILED"
    service.fails.clear()
    assert stack.update(request) == "SUCCESS"
    (found,) = service.resources.values()
    assert found["Status"] == "Updated"


def test_a_failed_replacement_is_rolled_back(stack: CloudFormation, service: Service) -> None:
    request = KINDS[stack.kind]
    stack.create(request)
    service.fails.add("create")

    assert stack.update({**request, "Name": "other"}) == "FAILED"
    service.fails.clear()
    service.resources.clear()  # CloudFormation deletes the new one
    assert stack.update(request) == "SUCCESS"
    assert [found["Name"] for found in service.resources.values()] == [request["Name"]]


def test_what_is_gone_is_deleted(stack: CloudFormation, service: Service) -> None:
    stack.create(KINDS[stack.kind])
    service.resources.clear()

    assert stack.delete(KINDS[stack.kind]) == "SUCCESS"
