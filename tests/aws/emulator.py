"""The local AWS emulator: moto, with implementations of CloudFormation and HyperPod.

`python -m tests.aws.emulator` starts it and prints where it listens.
"""

import argparse
import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import moto.iam.models
import moto.kms.models
import moto.s3.models
from moto.backends import get_backend
from moto.core.config import default_user_config
from moto.iam.access_control import PermissionResult
from moto.iam.models import IAMBackend, ManagedPolicy
from moto.utilities.utils import get_partition
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request as HttpRequest
from werkzeug.wrappers import Response

from tests.aws import rules
from tests.aws.cloud import Cloud
from tests.aws.cloudformation.api import CloudFormation
from tests.aws.cloudformation.order import Order
from tests.aws.faults import Faults
from tests.aws.front import query
from tests.aws.front.before import apply_rules, has_rules
from tests.aws.front.errors import ServiceError
from tests.aws.front.identity import ADMINISTRATOR, role_of
from tests.aws.front.moto_services import MotoServices
from tests.aws.front.refusals import refusal
from tests.aws.front.wire import Call, call_of, service_of
from tests.aws.hyperpod.operations import ClusterApi
from tests.aws.services import registry as services
from tests.aws.services.registry import has_operations
from tests.aws.types.custom_resources import ANSWER_PATH, Answers
from tests.aws.types.resource_types import resource_types

from .authorizer import Authorizer
from .functions import obstacle
from .iam.decision import Caller, Request, Resource, effect_of_resource
from .iam.principals import Principal
from .permissions import TLS, policy_of_bucket

ACCOUNT = "123456789012"
REGION = "us-west-2"
_SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_DEPLOYER = Caller(Principal(f"arn:aws:iam::{ACCOUNT}:user/{ADMINISTRATOR}"))
_load_policies = IAMBackend._init_aws_policies
_policies: dict[tuple[str, str], list[ManagedPolicy]] = {}
_private_key = cache(moto.kms.models.generate_private_key)  # type: ignore[attr-defined]
_caller = ContextVar("caller", default=_DEPLOYER)
_PERMISSIONS = {
    "Deny": PermissionResult.DENIED,
    "Allow": PermissionResult.PERMITTED,
    None: PermissionResult.NEUTRAL,
}
_StartResponse = Callable[..., Any]


@dataclass(frozen=True)
class Emulator:
    """A running emulator.

    Attributes:
        cloud: Its account, region and address.
        cloudformation: Its stacks.
        clusters: Its HyperPod clusters.
        authorizer: Authorizes requests.
    """

    cloud: Cloud
    cloudformation: CloudFormation
    clusters: ClusterApi
    authorizer: Authorizer

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which AWS tools talk to the emulator."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_ACCESS_KEY_ID": "emulator",
            "AWS_SECRET_ACCESS_KEY": "emulator",
            "AWS_DEFAULT_REGION": self.cloud.region,
            "AWS_REGION": self.cloud.region,
            "AWS_ENDPOINT_URL": self.cloud.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CDK_DEFAULT_ACCOUNT": self.cloud.account,
            "CDK_DEFAULT_REGION": self.cloud.region,
            "CDK_DISABLE_CLI_TELEMETRY": "true",
        }

    @property
    def faults(self) -> Faults:
        """What it did wrong itself."""
        return self.cloudformation.faults

    def forget(self) -> None:
        """Becomes an account in which nothing is."""
        self.cloudformation.forget()
        self.clusters.abandon()
        self.faults.take()
        self.authorizer.forget()
        services.forget()
        _forget_services()


class Front:
    """Gives each request to the service it is for."""

    def __init__(self) -> None:
        self._moto = MotoServices()
        # An object of moto that is replaced while it is written cannot tell its ETag, and a role is
        # looked for among all of them.
        self._one_at_a_time = {"iam": threading.RLock(), "s3": threading.RLock()}
        self.emulator: Emulator | None = None
        self.answers = Answers()

    def __call__(self, environ: dict[str, Any], start_response: _StartResponse) -> Iterable[bytes]:
        assert self.emulator is not None
        try:
            return self._answer(environ, start_response)
        except Exception as error:  # noqa: BLE001
            fault = ServiceError("InternalFailure", self.emulator.faults.note(error))
            return refusal(_signed(environ)[1], fault, 500)(environ, start_response)

    def _answer(self, environ: dict[str, Any], start_response: _StartResponse) -> Iterable[bytes]:
        assert self.emulator is not None
        request = HttpRequest(environ)
        if request.path.startswith(ANSWER_PATH):
            self.answers.take(request.path.removeprefix(ANSWER_PATH), request.get_data())
            return Response(b"")(environ, start_response)
        key, service = _signed(environ)
        target = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if service == "cloudformation":
            return self._cloudformation(request, key)(environ, start_response)
        if service == "sagemaker" and self.emulator.clusters.knows(target):
            return self._clusters(request, target, key)(environ, start_response)
        if (service, target) == ("cloudtrail", "LookupEvents"):
            return _json({"Events": []})(environ, start_response)
        try:
            is_own = has_rules(service) or has_operations(service)
            known = key == ADMINISTRATOR and service != "iam" and not is_own
            call = None if known else call_of(service, environ)
            if call is not None:
                self.emulator.authorizer.authorize(key, call)
                apply_rules(self.emulator.cloud, call)
                own = services.answer(self.emulator.cloud, call)
                if own is not None:
                    return own(environ, start_response)
            with _as_caller(key), self._one_at_a_time.get(service, nullcontext()):
                answer: Iterable[bytes] = self._moto(environ, start_response)
        except ServiceError as error:
            answer = refusal(service, error)(environ, start_response)
        except NotImplementedError as error:
            unknown = ServiceError("UnknownOperationException", str(error))
            answer = refusal(service, unknown)(environ, start_response)
        return answer

    def _cloudformation(self, request: HttpRequest, key: str) -> Response:
        assert self.emulator is not None
        arguments = query.parse(dict(parse_qsl(request.get_data(as_text=True), True)))
        action, request_id = str(arguments.get("Action")), str(uuid4())
        try:
            self.emulator.authorizer.authorize(key, Call("cloudformation", action, arguments))
            caller = role_of(self.emulator.cloud.account, key)
            result = self.emulator.cloudformation.call(action, arguments, caller)
        except ServiceError as error:
            status = 404 if error.code == "ChangeSetNotFound" else 400
            return refusal("cloudformation", error, status)
        return Response(query.answer(action, result, request_id), content_type="text/xml")

    def _clusters(self, request: HttpRequest, target: str, key: str) -> Response:
        assert self.emulator is not None
        arguments = json.loads(request.get_data() or b"{}")
        try:
            self.emulator.authorizer.authorize(key, Call("sagemaker", target, arguments))
            return _json(self.emulator.clusters.call(target, arguments))
        except ServiceError as error:
            return refusal("sagemaker", error)


def _signed(environ: dict[str, Any]) -> tuple[str, str]:
    """The access key that signed a request, and the service for which it did."""
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return (scope[1], service_of(scope[3])) if scope else (ADMINISTRATOR, "s3")


def _json(answer: dict[str, Any], status: int = 200) -> Response:
    body = json.dumps(answer, default=lambda moment: moment.timestamp())
    return Response(body, status, content_type="application/x-amz-json-1.1")


class _Quiet(WSGIRequestHandler):
    def log_request(self, *arguments: Any) -> None:
        pass


@contextmanager
def emulator(
    *, host: str = "127.0.0.1", port: int = 0, region: str = REGION, order: Order = Order()
) -> Iterator[Emulator]:
    """Runs an emulator, empty at first.

    Args:
        host: Address at which it listens.
        port: Where it listens; any free port by default.
        region: The region it is.
        order: In which order CloudFormation makes and deletes resources.

    Raises:
        SystemExit: If it cannot run on this machine.
    """
    reason = obstacle()
    if reason is not None:
        sys.exit(reason)
    _let_bucket_policies_know_conditions()
    default_user_config["iam"]["load_aws_managed_policies"] = True
    _leave_out_what_takes_long(region)
    rules.load()
    front = Front()
    server = make_server(host, port, front, threaded=True, request_handler=_Quiet)
    cloud = Cloud(f"http://localhost:{server.server_port}", region, ACCOUNT, front)
    clusters, authorizer = ClusterApi(cloud), Authorizer(cloud)
    types = resource_types(clusters, front.answers, authorizer)
    front.emulator = Emulator(
        cloud, CloudFormation(cloud, types, order=order), clusters, authorizer
    )
    _forget_services()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield front.emulator
    finally:
        server.shutdown()
        server.server_close()
        _forget_services()


def _leave_out_what_takes_long(region: str) -> None:
    """No test asks for the images of AWS, for its policies in other partitions, or signs with a key."""
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    moto.iam.models.PARTITION_NAMES = [get_partition(region)]  # type: ignore[attr-defined]
    moto.iam.models.IAMBackend._init_aws_policies = _policies_of_aws  # type: ignore[method-assign]
    moto.kms.models.generate_private_key = _private_key  # type: ignore[attr-defined]


def _policies_of_aws(self: IAMBackend) -> list[ManagedPolicy]:
    """The policies of AWS, attached to nothing. They take long to load."""
    account = self.account_id, self.region_name
    if account not in _policies:
        _policies[account] = _load_policies(self)
    for policy in _policies[account]:
        policy.attachment_count = 0
    return _policies[account]


def _forget_services() -> None:
    for service in (
        *("cloudwatch", "dynamodb", "ec2", "ecr", "eks", "events", "fsx", "iam", "kms", "lambda"),
        *("logs", "rds", "s3", "sns", "sqs", "ssm", "sts", "secretsmanager"),
    ):
        for backends in get_backend(service).values():
            for backend in backends.values():
                backend.reset()


@contextmanager
def _as_caller(key: str) -> Iterator[None]:
    """Sets the caller of requests to buckets, since services call each other in between."""
    before = _caller.set(_caller_of(key))
    try:
        yield
    finally:
        _caller.reset(before)


def _caller_of(key: str) -> Caller:
    """Who calls with an access key."""
    arn = role_of(ACCOUNT, key)
    if arn is None:
        return _DEPLOYER
    if ":user/" in arn:
        return Caller(Principal(arn))
    name = arn.rpartition("/")[2]
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/session"
    return Caller(Principal(session, arn))


def _let_bucket_policies_know_conditions() -> None:
    """Connections to the emulator count as TLS."""

    def get_permission(self: Any, action: str, resource: str) -> PermissionResult:
        policy = policy_of_bucket(self)
        if policy is None:
            return PermissionResult.NEUTRAL
        request = Request(action, Resource(resource, ACCOUNT, policy), TLS)
        return _PERMISSIONS[effect_of_resource(_caller.get(), request)]

    moto.s3.models.FakeBucket.get_permission = get_permission  # type: ignore[method-assign]


def main() -> None:
    """Runs an emulator until it is interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--region", default=REGION)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with emulator(port=options.port, region=options.region, order=Order(options.seed)) as running:
        print(running.cloud.endpoint, flush=True)  # noqa: T201
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
