"""A stand-in for the HyperPod Helm chart with what installs there: a namespace, an agent, an operator."""

import os
from pathlib import Path

from tests.eks.charts import make_chart

NAMESPACE = "aws-hyperpod"
AGENT = "health-monitoring-agent"
OWN_CHART = "HYPERPOD_HELM_CHART"
"""Environment variable with the folder of the real chart, after `helm dependency build`."""

_TEMPLATES = {
    "deep-health-check": f"""\
apiVersion: v1
kind: Namespace
metadata:
  name: {NAMESPACE}
""",
    AGENT: f"""\
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: {AGENT}
  namespace: {NAMESPACE}
spec:
  selector: {{matchLabels: {{app: agent}}}}
  template:
    metadata: {{labels: {{app: agent}}}}
    spec:
      containers:
        - name: agent
          image: {{{{ required "region" .Values.region }}}}/agent:1
""",
    "mpi-operator": """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: mpi-operator
spec:
  selector: {matchLabels: {app: operator}}
  template:
    metadata: {labels: {app: operator}}
    spec:
      containers: [{name: operator, image: "operator:1"}]
""",
    "mlflow": """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: pod-reader
  labels: {aggregate-to-aggregated: "true"}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: aggregated
  labels: {changed: "{{ .Values.changed }}"}
aggregationRule:
  clusterRoleSelectors: [{matchLabels: {aggregate-to-aggregated: "true"}}]
{{ if .Values.hasRules }}rules: []{{ end }}
""",
}


def chart(folder: Path) -> Path:
    """The folder of the chart: the stand-in, or the real one where the environment names it."""
    if OWN_CHART in os.environ:
        return Path(os.environ[OWN_CHART])
    made = make_chart(folder)
    for part, template in _TEMPLATES.items():
        (made / "charts" / part / "templates" / "objects.yaml").write_text(template)
    return made
