"""The construct `HyperPodCluster`: its arguments, its bindings and its resource."""
