"""What an EKS cluster of the emulator has: add-ons, access entries, pod identities, Kubernetes objects."""
