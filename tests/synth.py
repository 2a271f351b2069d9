"""What tests of constructs share: the context of cdk.json, stacks, templates."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk.assertions import Template

ROOT = Path(__file__).parents[1]
CONTEXT = {
    **json.loads((ROOT / "cdk.json").read_text())["context"],
    "availability-zones:account=111122223333:region=us-west-2": ["us-west-2a", "us-west-2b"],
}


def make_stack(app: cdk.App | cdk.Stage, name: str) -> cdk.Stack:
    return cdk.Stack(
        app,
        name,
        env=cdk.Environment(account="111122223333", region="us-west-2"),
        synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
    )


def template(stack: cdk.Stack) -> dict[str, Any]:
    return dict(Template.from_stack(stack).to_json())


def resources_of(stack: cdk.Stack, kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: resource
        for name, resource in template(stack)["Resources"].items()
        if resource["Type"] == kind
    }
