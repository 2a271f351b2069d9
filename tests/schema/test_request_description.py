"""What DescribeCluster returns, and the tables of keys beside the API's own model."""

from typing import Any

import pytest

import hyperpod_constructs as hp
from hyperpod_constructs.schema.cluster import CLUSTER
from hyperpod_constructs.schema.kinds import ListOf, Wrapped
from hyperpod_constructs.schema.shapes import OneOf, Properties, Shape
from tests.clusters.requests import DESCRIPTION
from tests.fuzz.second_opinions import create_cluster, service_model


def test_reads_what_was_asked_for_not_what_there_is() -> None:
    model = hp.ClusterModel.from_request(DESCRIPTION)

    (group,) = model.instance_groups
    assert (group.count, group.min_count, group.threads_per_core) == (4, 1, 1)
    assert group.instance_types == ("ml.g5.8xlarge", "ml.g5.16xlarge")
    assert group.labels == {"team": "b"}
    assert (group.image_id, group.image_release_version) == (None, None)
    assert group.auto_patch == hp.AutoPatch(patching_strategy=hp.PatchingStrategy.WHEN_IDLE)
    (restricted,) = model.restricted_instance_groups
    assert (restricted.count, restricted.lustre) == (2, None)
    assert model.shared_environment == hp.SharedEnvironment(
        lustre=hp.RestrictedLustre(size_gib=2400, per_unit_storage_throughput=125),
        lustre_deletion_policy=hp.LustreDeletionPolicy.KEEP,
    )
    assert model.auto_scaling == hp.AutoScaling(enabled=False)
    assert model.notes == ()
    assert model.to_request()["InstanceGroups"][0]["InstanceCount"] == 4


def test_a_request_does_not_have_the_keys_of_a_description() -> None:
    given = {key: value for key, value in DESCRIPTION.items() if not key.startswith("Cluster")}

    with pytest.raises(hp.ValidationError) as caught:
        hp.ClusterModel.from_request(given)

    found = {problem.path: problem.fix for problem in caught.value.problems}
    assert found["InstanceGroups[0].InstanceCount"] == "add it"
    assert found["InstanceGroups[0].MinCount"].startswith("use ")


def inner(kind: Any) -> Any:
    while isinstance(kind, ListOf | Wrapped):
        kind = kind.entry if isinstance(kind, ListOf) else kind.inner
    return kind


def objects(properties: Properties, created: Any, described: Any, path: str = "") -> list[Any]:
    """Each table with its shapes in CreateCluster and in DescribeCluster."""
    found = [pytest.param(properties, created, described, id=path or "cluster")]
    for name, row in properties.rows.items():
        kind = row if isinstance(row, Properties) else inner(row.kind)
        below = members(created).get(name)
        written = [each for each, meant in properties.described.items() if meant == name]
        described_below = next(
            (members(described)[each] for each in (name, *written) if each in members(described)),
            None,
        )
        if isinstance(kind, Shape):
            kind = kind.properties
        if isinstance(kind, Properties):
            found += objects(kind, below, described_below, f"{path}.{name}")
        elif isinstance(kind, OneOf):
            for option, value in kind.kinds.items():
                found += objects(
                    inner(value).properties,
                    members(below)[option],
                    members(described_below)[option],
                    f"{path}.{name}.{option}",
                )
    return found


def members(shape: Any) -> Any:
    while shape is not None and shape.type_name == "list":
        shape = shape.member
    return {} if shape is None or shape.type_name != "structure" else shape.members


def required(shape: Any) -> set[str]:
    while shape.type_name == "list":
        shape = shape.member
    return set(shape.required_members)


TABLES = objects(
    CLUSTER.properties,
    create_cluster(),
    service_model().operation_model("DescribeCluster").output_shape,
)


@pytest.mark.parametrize(("properties", "created", "_described"), TABLES)
def test_the_table_has_the_keys_of_the_api_in_its_order(
    properties: Properties, created: Any, _described: Any
) -> None:
    names = [name for name in members(created) if name not in properties.api_only]

    assert list(properties.rows) == names
    assert {name for name, row in properties.rows.items() if row.required} == required(created) - {
        "ClusterName"  # CloudFormation chooses one
    }


@pytest.mark.parametrize(("properties", "_created", "described"), TABLES)
def test_the_table_has_the_keys_of_a_description(
    properties: Properties, _created: Any, described: Any
) -> None:
    known = {
        *properties.rows,
        *properties.api_only,
        *properties.described,
        *properties.read_only,
        "ResponseMetadata",
    }

    assert set(members(described)) <= known
    assert {*properties.described, *properties.read_only} - {"ResponseMetadata"} <= set(
        members(described)
    )
    assert set(properties.described.values()) <= set(properties.rows)


def test_the_tables_are_all_there() -> None:
    assert len(TABLES) > 25
    update = service_model().operation_model("UpdateCluster").input_shape
    assert set(update.members) <= {*CLUSTER.properties.rows, *CLUSTER.properties.api_only}
