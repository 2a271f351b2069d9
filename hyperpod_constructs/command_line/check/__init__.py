"""Command `check`: findings as text, JSON or SARIF."""
