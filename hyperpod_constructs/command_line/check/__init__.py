"""The command `check`: findings as text, JSON or SARIF."""
