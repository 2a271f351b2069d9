"""The session documents of grants, and what their grantees are allowed.

Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-specify-session-document.html
"""

from collections.abc import Iterator
from typing import cast
from weakref import WeakKeyDictionary

from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from hyperpod_constructs.cdk.construct_tree import node_of, path_of, root_of
from hyperpod_constructs.cdk.object_checks import SESSION_DOCUMENT, check, required
from hyperpod_constructs.cdk.session_document_interface import ISessionDocument
from hyperpod_constructs.model.problem import Problem
from hyperpod_constructs.model.tokens import is_unresolved

from .granted_cluster import GrantedCluster
from .grantee_checks import principal_construct
from .referenced_resources import resource_problems

_LIMITED: WeakKeyDictionary[IConstruct, dict[str, bool]] = WeakKeyDictionary()
"""By app and path: whether the sessions of a grantee are limited to documents."""


def session_document(cluster: GrantedCluster, run_as: object) -> ISessionDocument | None:
    """The document of sessions, if they are limited to one.

    Args:
        cluster: The cluster.
        run_as: A Linux user, a document, or None.

    Raises:
        ValidationError: `ArgumentType`, `SessionUser`, `OtherAccount`, `OtherRegion`, `OtherStage`.
    """
    if run_as is None:
        return None
    if not isinstance(run_as, str):
        check(required("run_as", run_as, SESSION_DOCUMENT))
        kind = "session document"
        check(resource_problems(cluster.scope, cluster.environment, "run_as", run_as, kind))
        return cast("ISessionDocument", run_as)
    # Few clusters have session documents.
    from .session_document import SessionDocument, user_problems  # noqa: PLC0415

    check(_token_problems(run_as), user_problems(run_as))
    scope, document_id = cast("Construct", cluster.scope), f"SessionsAs-{run_as}"
    known = node_of(scope).try_find_child(document_id)
    if isinstance(known, SessionDocument):
        return known
    return SessionDocument(scope, document_id, run_as=run_as)


def limit_problems(grantee: iam.IGrantable, run_as: object) -> Iterator[Problem]:
    """Sessions with any document include those with a certain one, whatever the cluster."""
    construct = principal_construct(grantee)
    if construct is None:
        return
    known = _LIMITED.get(root_of(construct), {}).get(path_of(construct))
    if known is not None and known is (run_as is None):
        yield Problem(
            code="SessionGrant",
            path="run_as",
            value=run_as,
            message=f"differs from another grant for {path_of(construct)}: one limits the documents of "
            "sessions, and one does not",
            fix="pass run_as in all grants of sessions, or in none",
        )


def record_limit(grantee: iam.IGrantable, run_as: object) -> None:
    """Records for `limit_problems` whether the sessions of a grantee are limited to documents."""
    construct = principal_construct(grantee)
    if construct is not None:
        _LIMITED.setdefault(root_of(construct), {})[path_of(construct)] = run_as is not None


def _token_problems(run_as: str) -> Iterator[Problem]:
    """The ID of the document that is created contains the user."""
    if is_unresolved(run_as):
        yield Problem(
            code="SessionUser",
            path="run_as",
            value=run_as,
            message="must be known at synthesis",
            fix="pass a SessionDocument with run_as=",
        )
