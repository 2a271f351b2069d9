"""The interface of file systems of the nodes."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from hyperpod_constructs.model.groups.storage import MountableFileSystem
from hyperpod_constructs.model.problem import Problem


class IFileSystem(MountableFileSystem, Protocol):
    """A file system, as `FileSystem` documents it."""

    @property
    def ports(self) -> Sequence[ec2.Port]:
        """Ports of the file system that nodes connect to."""

    def resolve_security_groups(self, scope: Construct) -> Sequence[ec2.ISecurityGroup]:
        """Security groups of the file system."""

    def efa_problems(self, path: str) -> Iterator[Problem]:
        """Warnings about what EFA requires of a file system that the app creates."""

    def order_after_rules(self, scope: Construct) -> None:
        """Has the file system created after the rules among its servers."""
