"""What `python -m hyperpod_constructs` does; nothing here needs CDK or Node.js."""
