"""The EKS cluster of HyperPod nodes, and what runs on it. Imported only where it is used."""
