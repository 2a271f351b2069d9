"""Every topic of the reference page of AWS is answered by a command, a construct or a page."""

import re
from typing import NamedTuple

import pytest

import hyperpod_constructs as hp
from hyperpod_constructs.command_line.operate.acts import ACTS
from tests.synth import ROOT

from .pages import anchors

PAGE = ROOT / "docs" / "hyperpod" / "reference-page.md"
OTHER_COMMANDS = ("check", "convert", "describe", "explain", "policies")
TOPICS = {
    "Pricing, capacity and quotas": (
        "Price of an instance an hour",
        "On-demand capacity",
        "Reserved capacity",
        "Capacity request by a ticket",
        "Billing for the time of the allocation",
        "Line items of the invoice",
        "Quota increase",
    ),
    "Operations": (
        *("CreateCluster", "DeleteCluster", "DescribeCluster", "DescribeClusterNode"),
        *("ListClusterNodes", "ListClusters", "UpdateCluster", "UpdateClusterSoftware"),
        "Permissions of administrators",
        "Permission to add tags",
        "Commands of the AWS CLI",
        "Methods of Boto3",
    ),
    "The form": (
        *("provisioning_params.json", "version", "workload_manager", "controller_group"),
        *("login_group", "worker_groups", "instance_group_name", "partition_name"),
        *("fsx_dns_name", "fsx_mountname"),
    ),
    "The AMI": (
        "Base and packages of the AMI",
        "Health checks and automatic resumption",
        "Software updates by release notes",
    ),
}
"""The topics of the page, in its sections.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-ref.html
"""


class Row(NamedTuple):
    section: str
    topic: str
    command: str
    construct: str
    page: str


def rows() -> list[Row]:
    found, section = [], ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith("| ") and not line.startswith("| Topic"):
            found.append(Row(section, *(cell.strip() for cell in line.split("|")[1:-1])))
    return found


ROWS = rows()


def test_the_page_has_all_topics() -> None:
    found: dict[str, list[str]] = {}
    for row in ROWS:
        found.setdefault(row.section, []).append(row.topic)

    assert {section: tuple(topics) for section, topics in found.items()} == TOPICS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.topic)
def test_what_answers_a_topic_exists(row: Row) -> None:
    command = re.fullmatch(r"`hyperpod-constructs ([\w-]+)`", row.command)
    assert command or not row.command
    assert command is None or command[1] in {*ACTS, *OTHER_COMMANDS}

    construct = re.fullmatch(r"`hp\.([\w.]+)`", row.construct)
    assert construct or not row.construct
    found: object = hp
    for name in construct[1].split(".") if construct else ():
        found = getattr(found, name)

    link = re.fullmatch(r"\[[^\]]+\]\(([^)#]+)(?:#([^)]+))?\)", row.page)
    assert link is not None
    page = PAGE.parent / link[1]
    assert page.exists()
    assert link[2] is None or link[2] in anchors(page)
