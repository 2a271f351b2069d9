"""What nodes read of the steps."""

import hyperpod_constructs as hp
from tests.rules.examples.lifecycle_steps import SECRET, Secret, anna, group, mount


def test_what_a_node_reads_holds_only_what_is_on() -> None:
    assert hp.LifecycleSteps().to_dict() == {
        "accounting": {},
        "ssh_between_nodes": True,
        "log_rotation": True,
        "ubuntu_home": True,
        "reserve_login_nodes": True,
        "lustre_efa": True,
    }
    nothing = hp.LifecycleSteps(
        accounting=None,
        ssh_between_nodes=False,
        log_rotation=False,
        ubuntu_home=False,
        reserve_login_nodes=False,
        lustre_efa=False,
    )
    assert nothing.to_dict() == {}


def test_what_a_node_reads_of_each_step() -> None:
    steps = hp.LifecycleSteps(
        accounting=hp.Accounting.external(endpoint="db", secret=SECRET),
        users=hp.Users(
            users=[anna(), anna(name="ben", uid=2002, slurm_admin=True, groups=["ml"])],
            groups=[group()],
        ),
        containers=hp.Containers(data_root="/opt/sagemaker"),
        metrics=hp.MetricsExporters(gpu=False),
        s3_mounts=[mount(), mount("/mnt/x", prefix="a/b", read_only=False)],
    )

    found = steps.to_dict()

    assert found["accounting"] == {
        "endpoint": "db",
        "port": 3306,
        "secret_arn": Secret.secret_arn,
        "database": "slurm_acct_db",
    }
    assert found["users"]["users"] == [
        {"name": "anna", "uid": 2001, "groups": [], "ssh_keys": []},
        {"name": "ben", "uid": 2002, "groups": ["ml"], "ssh_keys": [], "slurm_admin": True},
    ]
    assert found["containers"] == {"data_root": "/opt/sagemaker"}
    assert found["metrics"] == {"node": True, "slurm": True}
    assert found["s3_mounts"] == [
        {"bucket": "datasets", "path": "/mnt/data", "read_only": True, "region": "us-west-2"},
        {
            "bucket": "datasets",
            "path": "/mnt/x",
            "prefix": "a/b/",
            "read_only": False,
            "region": "us-west-2",
        },
    ]
