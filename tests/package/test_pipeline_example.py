"""The example of CDK Pipelines."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk.assertions import Template

from sample_app.pipeline import PRODUCTION, TEST, TOOLS, PipelineStack
from tests.synth import CONTEXT


def test_the_pipeline_deploys_to_test_and_after_an_approval_to_production(tmp_path: Path) -> None:
    app = cdk.App(context=CONTEXT, outdir=str(tmp_path))
    template = Template.from_stack(PipelineStack(app, "HyperPodPipeline", env=TOOLS))

    (pipeline,) = template.find_resources("AWS::CodePipeline::Pipeline").values()
    stages = {
        stage["Name"]: [action["Name"] for action in stage["Actions"]]
        for stage in pipeline["Properties"]["Stages"]
    }
    assert list(stages) == ["Source", "Build", "UpdatePipeline", "Assets", "Test", "Production"]
    assert stages["Production"][0] == "Approve"
    for stage, env in (("Test", TEST), ("Production", PRODUCTION)):
        folder = tmp_path / f"assembly-HyperPodPipeline-{stage}"
        (written,) = folder.glob("*.template.json")
        assert f"{env.account}-{env.region}" in written.read_text()
