"""Manifests and the chart, by the schemas of the versions of Kubernetes that HyperPod supports."""

import json
import subprocess
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from .bench import Rendered
from .chart import chart
from .kubectl_function import KubectlFunction
from .schemas import NEWEST, OLDEST, Schemas, install

MANIFEST = "Custom::AWSCDK-EKS-KubernetesResource"
OF_KARPENTER = {"HyperpodNodeClass", "NodePool"}
"""Custom resources, whose definitions HyperPod installs."""
Object = dict[str, Any]


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas(install())


def manifests(*templates: Rendered) -> list[Object]:
    """The objects that templates create."""
    return [
        each
        for template in templates
        for properties in template.all_properties(MANIFEST)
        for each in json.loads(properties["Manifest"])
    ]


def rendered(function: KubectlFunction, folder: Path, values: str) -> list[Object]:
    """The objects of the chart, as Helm renders them with some values."""
    done = subprocess.run(
        [str(function.helm), "template", "release", str(folder), "--values", "-"],
        input=values,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def problems(schemas: Schemas, objects: Sequence[Object], version: str) -> list[str]:
    """What is wrong with objects; custom resources have no schema."""
    found = []
    for each in objects:
        if each["kind"] not in OF_KARPENTER:
            problem = schemas.problem(each, version)
            found += [f"{each['kind']} {each['metadata']['name']} {problem}"] if problem else []
    return found


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_manifests_have_the_fields_of_their_kinds(
    schemas: Schemas, sample: Rendered, all_add_ons: Rendered, version: str
) -> None:
    objects = manifests(sample, all_add_ons)

    assert version in schemas.versions()
    assert problems(schemas, objects, version) == []
    assert {each["kind"] for each in objects} == {
        *OF_KARPENTER,
        *("PersistentVolume", "PersistentVolumeClaim"),
    }


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_the_chart_has_the_fields_of_its_kinds(
    schemas: Schemas, function: KubectlFunction, sample: Rendered, tmp_path: Path, version: str
) -> None:
    values = sample.properties("Custom::AWSCDK-EKS-HelmChart")["Values"]
    objects = rendered(function, chart(tmp_path), values)

    assert "DaemonSet" in {each["kind"] for each in objects}
    assert problems(schemas, objects, version) == []


def test_a_field_that_does_not_exist_is_found(schemas: Schemas, sample: Rendered) -> None:
    (volume, *_) = [each for each in manifests(sample) if each["kind"] == "PersistentVolume"]
    wrong = deepcopy(volume)
    wrong["spec"]["accessMode"] = wrong["spec"].pop("accessModes")

    assert problems(schemas, [volume], NEWEST) == []
    (problem,) = problems(schemas, [wrong], NEWEST)
    assert "'accessMode' was unexpected" in problem
