"""What the default lifecycle scripts do on nodes."""
