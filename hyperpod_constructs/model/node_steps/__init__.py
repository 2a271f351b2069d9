"""Steps of the default lifecycle scripts."""
