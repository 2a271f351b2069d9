"""Commands of `python -m hyperpod_constructs`, without CDK or Node.js."""
