"""Where constructs are: their nodes, paths, stacks and environments.

None of these changes once a construct exists, and each read is a call to Node.js, so that each is read
once.
"""

from functools import cache
from weakref import WeakKeyDictionary, ref

import aws_cdk as cdk
from constructs import IConstruct, Node

from hyperpod_constructs.model.environment import Environment
from hyperpod_constructs.model.tokens import is_unresolved

# Weak, since a stack can refer to the constructs that it is known by.
_NODES: WeakKeyDictionary[IConstruct, Node] = WeakKeyDictionary()
_ADDRESSES: WeakKeyDictionary[IConstruct, str] = WeakKeyDictionary()
_PATHS: WeakKeyDictionary[IConstruct, str] = WeakKeyDictionary()
_RESOURCES: WeakKeyDictionary[IConstruct, ref[cdk.CfnResource]] = WeakKeyDictionary()
_ROOTS: WeakKeyDictionary[IConstruct, ref[IConstruct]] = WeakKeyDictionary()
_STACKS: WeakKeyDictionary[IConstruct, ref[cdk.Stack]] = WeakKeyDictionary()
_ENVIRONMENTS: WeakKeyDictionary[IConstruct, Environment] = WeakKeyDictionary()


def node_of(construct: IConstruct) -> Node:
    """The node of a construct."""
    node = _NODES.get(construct)
    if node is None:
        node = _NODES[construct] = construct.node
    return node


def path_of(construct: IConstruct) -> str:
    """The path of a construct in its app."""
    path = _PATHS.get(construct)
    if path is None:
        path = _PATHS[construct] = node_of(construct).path
    return path


def address_of(construct: IConstruct) -> str:
    """The address of a construct, a digest of its path."""
    address = _ADDRESSES.get(construct)
    if address is None:
        address = _ADDRESSES[construct] = node_of(construct).addr
    return address


def resource_of(construct: IConstruct) -> cdk.CfnResource | None:
    """The CloudFormation resource of a construct; None if it is imported."""
    known = _RESOURCES.get(construct)
    resource = None if known is None else known()
    if resource is None:
        child = node_of(construct).default_child
        if not isinstance(child, cdk.CfnResource):
            return None
        resource = child
        _RESOURCES[construct] = ref(resource)
    return resource


def root_of(construct: IConstruct) -> IConstruct:
    """The app of a construct."""
    known = _ROOTS.get(construct)
    root = None if known is None else known()
    if root is None:
        root = node_of(construct).root
        _ROOTS[construct] = ref(root)
    return root


def stack_of(construct: IConstruct) -> cdk.Stack:
    """The stack of a construct, or the nested stack in which it is.

    Raises:
        RuntimeError: The construct is not in a stack.
    """
    if isinstance(construct, cdk.Stack):
        return construct
    known = _STACKS.get(construct)
    stack = None if known is None else known()
    if stack is None:
        stack = cdk.Stack.of(construct)
        _STACKS[construct] = ref(stack)
    return stack


def in_other_stage(scope: IConstruct, other: IConstruct) -> bool:
    """Whether two constructs are in different stages."""
    stacks = [stack_of(each) for each in (scope, other)]
    if stacks[0] is stacks[1]:
        return False
    own, others = (
        None if stage is None else address_of(stage) for stage in map(cdk.Stage.of, stacks)
    )
    return own != others


def place_in(scope: IConstruct, *constructs: IConstruct) -> None:
    """Records that new constructs are in the stack and the app of their scope."""
    stack, root = ref(stack_of(scope)), ref(root_of(scope))
    for construct in constructs:
        _STACKS[construct] = stack
        _ROOTS[construct] = root


def environment_of(stack: cdk.Stack) -> Environment:
    """The environment of a stack."""
    known = _ENVIRONMENTS.get(stack)
    if known is None:
        known = Environment(stack.partition, stack.account, stack.region)
        _ENVIRONMENTS[stack] = known
    return known


@cache
def known_partition(environment: Environment) -> str:
    """The partition of an environment, that of its Region if CDK keeps it as a token."""
    if not is_unresolved(environment.partition) or is_unresolved(environment.region):
        return environment.partition
    return cdk.region_info.RegionInfo.get(environment.region).partition or environment.partition
