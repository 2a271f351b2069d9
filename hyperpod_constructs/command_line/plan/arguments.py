"""Arguments of the commands before a deployment."""

import argparse
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from hyperpod_constructs.command_line.numbers import whole_number
from hyperpod_constructs.command_line.operate.face import ClusterArgument, Command
from hyperpod_constructs.cost.billed_types import RATED

_NUMBER = whole_number(1, "a number such as 4")
_REGION = "Region of the deployment; that of the app, of AWS_REGION or of the profile by default"
_FILE = "template, cdk.out directory or request; - for standard input"


def _of_prices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "types", nargs="*", metavar="TYPE", help="instance types, or families such as ml.p5"
    )
    _add_price_file(parser)


def _of_cost(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help=f"{_FILE}; with two files, the cost of the change from the first to the second",
    )
    parser.add_argument(
        "--rate",
        action="append",
        type=_rate,
        default=[],
        metavar="TYPE=USD",
        help=f"price an hour, or for file systems a GB and month, of {', '.join(RATED)}; can be "
        "repeated",
    )
    _add_price_file(parser)


def _of_preflight(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=_FILE)
    parser.add_argument(
        "--form", type=Path, metavar="FILE", help="provisioning_params.json of a single cluster"
    )
    parser.add_argument("--all", action="store_true", help="print what is right as well")


def _of_capacity(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help=_FILE)
    parser.add_argument("--group", help="the group only; all groups of the file by default")
    parser.add_argument("--type", help="instance type, in place of a file")
    parser.add_argument(
        "--count", type=_NUMBER, default=1, metavar="N", help="with --type; 1 by default"
    )
    parser.add_argument(
        "--days", type=_NUMBER, default=1, metavar="N", help="days of a plan; 1 by default"
    )
    parser.add_argument(
        "--after", type=_date, metavar="DATE", help="earliest start, such as 2027-01-31"
    )


def _rate(text: str) -> tuple[str, Decimal]:
    kind, _, price = text.partition("=")
    if kind not in RATED or not re.fullmatch(r"[0-9]+(\.[0-9]+)?", price):
        raise argparse.ArgumentTypeError(
            f"{text!r} must be TYPE=USD, such as {RATED[0]}=0.045; types: {', '.join(RATED)}"
        )
    return kind, Decimal(price)


def _date(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} must be a date such as 2027-01-31") from None


def _add_price_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--refresh", action="store_true", help="download the price file, which is kept for a day"
    )
    parser.add_argument(
        "--url",
        help="http or https address of a copy of the price file of AWS, in place of that of AWS; "
        "{region} in it becomes the Region",
    )


COMMANDS = (
    Command(
        "prices",
        "list prices of nodes",
        "Lists on-demand prices of HyperPod nodes and volumes in a Region, from the public price file "
        "of Amazon SageMaker AI. Requires internet access, and no account. The exit status is 1 if a type has no price.",
        "--region us-west-2\nml.p5 ml.g5.8xlarge --region us-west-2",
        _of_prices,
        cluster=ClusterArgument.NONE,
        requires="",
        region="Region of the prices; that of AWS_REGION or of the profile by default",
    ),
    Command(
        "cost",
        "estimate what clusters and changes cost",
        "Estimates what the nodes and volumes of a cluster cost an hour and a month: of a file, of a "
        "cluster that exists (--cluster), or of a change between two of them. Nodes of training plans "
        "are paid upfront, and Spot instances have no list price. Prices that are not known are "
        "unknown, and are not part of the total. Requires internet access, and an account for --cluster "
        "only.",
        "cdk.out --region us-west-2\nbefore.out after.out\n--cluster llm-training\n"
        "cdk.out --cluster llm-training",
        _of_cost,
        cluster=ClusterArgument.OPTIONAL,
        requires="",
        region=_REGION,
    ),
    Command(
        "capacity",
        "find capacity for groups",
        "Compares the quotas of instance types with what groups need, and lists training plans of the "
        "account and offerings of plans that fit, with dates, zones and prices. Plans have 1 to 64 "
        "instances, in powers of 2. Buys nothing. The exit status is 1 if a quota is too low or unknown.",
        "cdk.out --group gpu --days 14\n--type ml.p5.48xlarge --count 4 --days 7 --after 2027-01-31",
        _of_capacity,
        cluster=ClusterArgument.NONE,
        region=_REGION,
    ),
    Command(
        "preflight",
        "check the account before a deployment",
        "Checks the account in which the cluster of a file is to be deployed: quotas, instance types, subnets, "
        "security groups, routes, file systems, training plans, roles, keys, buckets and the EKS "
        "cluster, as far as they exist. Reads only. What cannot be read, such as without a permission, "
        "is unknown. The exit status is 1 if a check fails, and 2 if only some are unknown.",
        "cdk.out\ncdk.out --all --region us-west-2\ncreate-cluster.json --json",
        _of_preflight,
        cluster=ClusterArgument.NONE,
        region=_REGION,
    ),
)
"""Commands before a deployment."""
