"""The page about properties says what the rows of the schema say."""

from .properties_page import COMMAND, PAGE, page


def test_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"run {COMMAND}"


def test_says_what_an_update_does() -> None:
    lines = page().splitlines()

    assert "| `cluster_name` | `ClusterName` | no | Changing it replaces the cluster. |" in lines
    assert (
        "| `instance_type` | `InstanceType` | no | Cannot be changed; add another group instead. |"
        in lines
    )
