"""The commands of `python -m hyperpod_constructs`; none needs CDK or Node.js."""
