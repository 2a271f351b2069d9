"""The rules at the command line: `python -m hyperpod_constructs check`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hyperpod_constructs.__main__ import main
from hyperpod_constructs.checks.package_version import documentation_url, package_version
from tests.clusters.documented import FORM_WITH_LOGIN, GROUPS_WITHOUT_LOGIN, MIGRATED_REQUEST
from tests.clusters.requests import FORM, SLURM_REQUEST, scripted_group
from tests.clusters.stacks import make_sample
from tests.without_cdk import BLOCKED

from .commands import write

TEMPLATE = """\
Parameters:
  Count:
    Type: Number
Conditions:
  Large: !Equals [!Ref Count, "8"]
Resources:
  Cluster:
    Type: AWS::SageMaker::Cluster
    Properties:
      ClusterName: !Sub "${AWS::StackName}-training"
      InstanceGroups:
        - InstanceGroupName: controller
          InstanceType: ml.m5.xlarge
          InstanceCount: 1
          ExecutionRole: !GetAtt Role.Arn
          LifeCycleConfig:
            SourceS3Uri: !Sub s3://sagemaker-${AWS::Region}/src
            OnCreate: on_create.sh
        - InstanceGroupName: gpu
          InstanceType: !If [Large, ml.p5.48xlarge, ml.g5.8xlarge]
          InstanceCount: !Ref Count
          ExecutionRole: !GetAtt Role.Arn
          LifeCycleConfig:
            SourceS3Uri: !Sub s3://sagemaker-${AWS::Region}/src
            OnCreate: on_create.sh
        - InstanceGroupName: gpu
          InstanceType: p5.48xlarge
          InstanceCount: 1
          ExecutionRole: !GetAtt Role.Arn
          LifeCycleConfig:
            SourceS3Uri: !Sub s3://sagemaker-${AWS::Region}/src
            OnCreate: on_create.sh
"""


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    status = main(["check", *arguments])
    return status, capsys.readouterr().out.splitlines()


def test_a_clean_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(capsys, write("create-cluster.json", SLURM_REQUEST)) == (
        0,
        ["1 cluster: 0 errors, 0 warnings"],
    )


def test_a_problem_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    request = {
        "InstanceGroups": [scripted_group("a"), scripted_group("a", InstanceType="m5.xlarge")]
    }

    status, lines = check(capsys, write("create-cluster.json", {"ClusterName": "x"} | request))

    assert status == 1
    assert lines == [
        "create-cluster.json:15: InstanceGroups[1].InstanceGroupName: error "
        "DuplicateInstanceGroupName: 'a' is already the name of InstanceGroups[0]; use a unique "
        "name for each group",
        "create-cluster.json:16: InstanceGroups[1].InstanceType: error InstanceType: 'm5.xlarge' "
        "is not a SageMaker instance type, which must start with 'ml.'; use 'ml.m5.xlarge'",
        "1 cluster: 2 errors, 0 warnings",
    ]


def test_a_yaml_template_with_short_forms(capsys: pytest.CaptureFixture[str]) -> None:
    status, lines = check(capsys, write("cluster.yaml", TEMPLATE))

    assert status == 1
    assert [line.partition(": '")[0] for line in lines] == [
        "cluster.yaml:26: Resources.Cluster.Properties.InstanceGroups[2].InstanceGroupName: error "
        "DuplicateInstanceGroupName",
        "cluster.yaml:27: Resources.Cluster.Properties.InstanceGroups[2].InstanceType: error "
        "InstanceType",
        "1 cluster: 2 errors, 0 warnings",
    ]


def test_a_group_that_may_not_be_there_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    maybe = {"Fn::If": ["Large", scripted_group("more"), {"Ref": "AWS::NoValue"}]}
    cluster = {
        "Type": "AWS::SageMaker::Cluster",
        "Properties": {"InstanceGroups": [scripted_group("controller"), maybe]},
    }

    status, lines = check(capsys, write("a.json", {"Resources": {"Cluster": cluster}}))

    assert lines == ["1 cluster: 0 errors, 0 warnings"]
    assert status == 0


def test_properties_that_are_no_object(capsys: pytest.CaptureFixture[str]) -> None:
    cluster = {"Type": "AWS::SageMaker::Cluster", "Properties": [1]}

    status, lines = check(capsys, write("a.json", {"Resources": {"Cluster": cluster}}))

    assert status == 1
    assert "Resources.Cluster.Properties: error RequestType: '[1]' is not a valid value" in lines[0]
    assert lines[1:] == ["1 cluster: 1 error, 0 warnings"]


def test_a_form_beside_the_one_cluster_is_judged_with_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    request = write("create-cluster.json", SLURM_REQUEST)
    form = write("provisioning_params.json", FORM | {"login_group": "login"})
    expected = (
        "provisioning_params.json:11: login_group: error FormGroupUnknown: 'login' is not an "
        "instance group of the cluster; HyperPod: "
    )

    for arguments in ([request, form], [request, "--form", form]):
        status, (line, summary) = check(capsys, *arguments)
        assert status == 1
        assert line.startswith(expected)
        assert summary == "1 cluster, 1 form: 1 error, 0 warnings"


def test_a_form_on_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    form = FORM | {"login_group": "gpu"}

    status, lines = check(capsys, write("form.json", form))

    assert status == 1
    assert lines == [
        "form.json:6: worker_groups[0]: error FormGroupRoles: 'gpu' is specified in login_group and "
        "worker_groups[0]; specify each instance group once in the form",
        "0 clusters, 1 form: 1 error, 0 warnings",
    ]


def test_says_that_there_is_no_cluster(capsys: pytest.CaptureFixture[str]) -> None:
    template = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}
    files = [write("Storage.template.json", template), write("Network.template.json", template)]

    assert main(["check", files[0]]) == 0
    assert "no cluster found in Storage.template.json\n" in capsys.readouterr().err
    assert main(["check", "--strict", *files]) == 1
    note = "no cluster found in Storage.template.json, Network.template.json\n"
    assert note in capsys.readouterr().err
    assert main(["check", "--strict", *files, write("form.json", FORM)]) == 0
    assert "no cluster" not in capsys.readouterr().err


def test_warnings_count_when_strict(capsys: pytest.CaptureFixture[str]) -> None:
    volume = {"EbsVolumeConfig": {"VolumeSizeInGB": 2000}}
    request = {"InstanceGroups": [scripted_group("a", InstanceStorageConfigs=[volume])]}
    file = write("create-cluster.json", {"ClusterName": "x"} | request)

    status, lines = check(capsys, file)
    assert status == 0
    assert lines[0].startswith(
        "create-cluster.json:16: InstanceGroups[0].InstanceStorageConfigs[0].EbsVolumeConfig."
        "VolumeSizeInGB: warning EbsVolumeQuota: 2000 "
    )
    assert lines[1:] == ["1 cluster: 0 errors, 1 warning"]
    assert main(["check", "--strict", file]) == 1


def test_a_folder_of_cdk(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    make_sample(folder).node.root.synth()  # type: ignore[attr-defined]
    (outdir,) = {path.parent for path in folder.rglob("manifest.json")}

    status, lines = check(capsys, str(outdir))
    assert (status, lines[-1]) == (0, "1 cluster: 0 errors, 0 warnings")

    (template,) = (path for path in outdir.glob("*.template.json"))
    template.write_text(template.read_text().replace('"gpu"', '"gpus"'))
    status, lines = check(capsys, str(outdir))
    assert status == 1
    missing, unknown = (line.split(": ")[1:3] for line in lines[:-1])
    assert missing[0].endswith(".Properties.InstanceGroups[2].InstanceGroupName")
    assert missing[1] == "error FormGroupMissing"
    assert unknown == ["provisioning_params.worker_groups[0]", "error FormGroupUnknown"]


def test_update_requests_name_no_vpc(capsys: pytest.CaptureFixture[str]) -> None:
    file = write("update-cluster.json", MIGRATED_REQUEST)

    status, lines = check(capsys, "--update", file)
    assert status == 0
    assert {line.split(": ")[2] for line in lines[:-1]} == {
        "warning BucketName",
        "warning OnCreateMode",
    }

    status, lines = check(capsys, file)
    assert status == 1
    assert "FSx configurations are only supported for Custom VPC" in "".join(lines)


def test_groups_and_a_form_that_do_not_match(capsys: pytest.CaptureFixture[str]) -> None:
    status, lines = check(
        capsys,
        write("groups.json", GROUPS_WITHOUT_LOGIN),
        write("form.json", FORM_WITH_LOGIN),
    )

    assert status == 1
    codes = [line.split(": ")[2] for line in lines[:-1]]
    assert codes == ["warning AutomaticPartition", "error FormGroupUnknown"]
    assert "form.json:9: worker_groups[0].partition_name: " in lines[0]


def test_json_report(capsys: pytest.CaptureFixture[str]) -> None:
    file = write(
        "create-cluster.json", {"ClusterName": "x", "InstanceGroups": [scripted_group("a")] * 2}
    )

    status = main(["check", "--format", "json", file])

    output = capsys.readouterr()
    assert status == 1
    assert output.err == "1 cluster: 1 error, 0 warnings\n"
    assert json.loads(output.out) == {
        "clusters": 1,
        "forms": 0,
        "errors": 1,
        "warnings": 0,
        "problems": [
            {
                "file": "create-cluster.json",
                "line": 15,
                "path": "InstanceGroups[1].InstanceGroupName",
                "severity": "error",
                "code": "DuplicateInstanceGroupName",
                "value": "a",
                "message": "is already the name of InstanceGroups[0]",
                "fix": "use a unique name for each group",
            }
        ],
    }


def test_sarif_report(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "my files").mkdir()
    file = write(
        "my files/a.json", {"ClusterName": "x", "InstanceGroups": [scripted_group("a")] * 3}
    )

    assert main(["check", "--format", "sarif", "--output", "report.sarif", file]) == 1

    assert capsys.readouterr().out == ""
    log = json.loads(Path("report.sarif").read_text())
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "hyperpod-constructs"
    (rule,) = driver["rules"]
    assert rule["id"] == "DuplicateInstanceGroupName"
    assert rule["shortDescription"]["text"] == "Duplicate instance group name"
    assert rule["fullDescription"]["text"]
    assert "use a unique name" not in rule["help"]["text"]
    assert rule["helpUri"] == documentation_url("docs/rules.md", "duplicateinstancegroupname")
    first, second = run["results"]
    assert (first["ruleId"], first["ruleIndex"], first["level"]) == (rule["id"], 0, "error")
    assert first["message"]["text"] == (
        "InstanceGroups[1].InstanceGroupName: 'a' is already the name of InstanceGroups[0]; use "
        "a unique name for each group"
    )
    (location,) = first["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "my%20files/a.json"},
        "region": {"startLine": 15},
    }
    prints = [result["partialFingerprints"]["placeAndRule/v1"] for result in (first, second)]
    assert len(set(prints)) == 2


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", "{", "a.json: is not valid JSON: Expecting property name enclosed in double"),
        ("a.json", "", "a.json: is not valid JSON: Expecting value"),
        (
            "a.json",
            "[" * 100_000,
            "a.json: exceeds the supported nesting depth; verify how it was created",
        ),
        ("a.json", "{}", "a.json: is not a CloudFormation template, CreateCluster request or pro"),
        ("a.json", "[]", "a.json: is not a CloudFormation template"),
        (
            "a.json",
            '{"Resources": [1]}',
            "a.json: is not a CloudFormation template: Resources must be an object of resources",
        ),
        (
            "a.yaml",
            "[" * 5_000,
            "a.yaml: exceeds the supported nesting depth; verify how it was created",
        ),
        ("a.yaml", "a: 1\nb: {c: 1, c: 2}", "a.yaml: is not valid YAML: line 2: 'c' is a dup"),
        ("a.txt", "text", "a.txt: is not a CloudFormation template"),
        ("a.yaml", "a: [", "a.yaml: is not valid YAML: while parsing a flow"),
        ("a.yaml", "a: &a [*a]", "a.yaml: is not valid YAML: Circular reference detected"),
        ("a.yaml", "a: !!python/object:os.system x", "a.yaml: is not valid YAML: could not det"),
    ],
)
def test_a_bad_file_is_one_clear_line(
    name: str, content: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", write(name, content)]) == 2

    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(f"hyperpod-constructs: {message}")
    assert output.err.count("\n") == 1


def test_other_wrong_files(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    Path("binary").write_bytes(b"\xff\xfe\x00")
    (folder / "manifest").mkdir()
    Path("manifest/manifest.json").write_text("{}")
    write("two.json", {"InstanceGroups": []})
    write("form.json", FORM)

    def error(*arguments: str) -> str:
        assert main(["check", *arguments]) == 2
        return capsys.readouterr().err

    assert error("none.json") == (
        "hyperpod-constructs: none.json: No such file or directory (FileUnreadable)\n"
    )
    assert error("binary").startswith("hyperpod-constructs: binary: is not valid UTF-8")
    assert "contains no manifest.json with stacks; specify a cdk.out directory" in error(
        str(folder)
    )
    assert "contains no manifest.json with stacks" in error("manifest")
    assert "--form form.json: requires exactly one cluster, and the files contain 2" in error(
        "two.json", "two.json", "--form", "form.json"
    )
    assert "No such file or directory" in error("two.json", "--output", "none/report")


def test_yaml_without_pyyaml_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.delitem(
        sys.modules, "hyperpod_constructs.command_line.cloudformation_yaml", raising=False
    )

    assert main(["check", write("cluster.yaml", TEMPLATE)]) == 2
    assert "pip install 'hyperpod-constructs[yaml]'" in capsys.readouterr().err


def test_ignored_codes(capsys: pytest.CaptureFixture[str]) -> None:
    request = json.loads(json.dumps(SLURM_REQUEST))
    for group in request["InstanceGroups"]:
        group["InstanceStorageConfigs"] = [{"EbsVolumeConfig": {"VolumeSizeInGB": 2000}}]
    file = write("create-cluster.json", request)

    assert check(capsys, "--strict", file)[0] == 1
    assert check(capsys, "--strict", "--ignore", "Other", file)[0] == 1
    ignored = ("--ignore", "Other", "--ignore", "EbsVolumeQuota")
    assert check(capsys, "--strict", *ignored, file) == (0, ["1 cluster: 0 errors, 0 warnings"])


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    def output(*arguments: str) -> str:
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 0
        return capsys.readouterr().out

    assert output("--version") == f"hyperpod-constructs {package_version()}\n"
    for text in (output("--help"), output("check", "--help")):
        assert "examples:\n  hyperpod-constructs check create-cluster.json" in text
        assert "https://" in text
    assert "hyperpod-constructs check -" in output("check", "--help")


def test_needs_neither_cdk_nor_time() -> None:
    file = write("create-cluster.json", SLURM_REQUEST)
    program = f"{BLOCKED}\nfrom hyperpod_constructs.__main__ import main\nsys.exit(main())"
    before = os.times()

    result = subprocess.run(
        [sys.executable, "-c", program, "check", file], capture_output=True, text=True, check=False
    )

    assert (result.returncode, result.stdout) == (0, "1 cluster: 0 errors, 0 warnings\n")
    after = os.times()
    spent = after.children_user + after.children_system
    assert spent - before.children_user - before.children_system < 1
