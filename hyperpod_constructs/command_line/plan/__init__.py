"""Commands before a deployment: prices, cost, capacity and preflight checks."""
