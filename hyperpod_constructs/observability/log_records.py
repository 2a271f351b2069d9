"""Records of nodes in the log group of a cluster.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod-eks-resiliency-health-monitoring-agent.html
and https://github.com/awslabs/awsome-distributed-ai
"""

HARDWARE_FAULT = "HealthMonitoringAgentDetectionEvent"
"""A key of each record of the health monitoring agent about a fault, in both of its forms."""

DOWNLOADING = "[SageMaker] Downloading lifecycle scripts"
"""A node starts to run its lifecycle scripts."""

SUCCEEDED = "[SageMaker] The lifecycle scripts succeeded."
FAILED = "[SageMaker] The lifecycle scripts failed."

SCRIPTS = "The scripts are those of "
"""The default scripts start, followed by their folder, which ends with the digest of their content."""
