"""What can be done to a stack in each state.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from tests.aws.front.errors import ServiceError, invalid

from .stack import Stack

IN_PROGRESS = "_IN_PROGRESS"
UPDATABLE = frozenset(
    {
        *("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"),
        *("IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"),
    }
)
"""States of stacks that can be updated."""
DELETABLE_ONLY = frozenset({"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"})
"""States of stacks that can only be deleted."""
_BROKEN = {
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_FAILED",
    "UPDATE_IN_PROGRESS": "UPDATE_ROLLBACK_FAILED",
}


def refuse_update(stack: Stack) -> None:
    """Refuses to update a stack in the wrong state."""
    if stack.status not in UPDATABLE:
        raise invalid(f"Stack:{stack.arn} is in {stack.status} state and can not be updated.")


def refuse_deletion(stack: Stack) -> None:
    """Refuses to delete a stack to which something happens."""
    if stack.busy and not stack.status.startswith("DELETE"):
        raise invalid(f"Stack [{stack.arn}] cannot be deleted while in status {stack.status}")


def refuse_continuation(stack: Stack) -> None:
    """Refuses to continue a rollback that did not fail."""
    if stack.status != "UPDATE_ROLLBACK_FAILED":
        raise invalid(
            f"Stack:{stack.arn} is in {stack.status} state and can not continue its rollback."
        )


def refuse_stale(stack: Stack) -> ServiceError:
    """The answer to a change set that another update has overtaken."""
    return ServiceError(
        "InvalidChangeSetStatus",
        f"ChangeSet of {stack.name} is OBSOLETE: the stack has been updated since it was created.",
    )


def settled_after_fault(status: str) -> str:
    """The state of a stack whose operation ended in a fault of the emulator."""
    return _BROKEN.get(status, f"{status.removesuffix(IN_PROGRESS)}_FAILED")
