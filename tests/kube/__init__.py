"""Tests on a Kubernetes: what the functions of AWS CDK install, and who may do what.

The API server, its controllers and its scheduler are real, of version 1.20, which Debian has the sources
of: `programs.py` compiles them once. Their authenticator knows the access entries of an EKS cluster of the
emulator. The functions are those of a synthesized app, with kubectl and Helm of its layer. There are no
nodes that run pods. `HYPERPOD_HELM_CHART` names the folder of the real chart, in place of the stand-in.
"""
