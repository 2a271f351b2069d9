"""The clusters of the tests: as values, as requests, in stacks, and what their templates say."""
