"""Command `dashboards`: Grafana dashboards as JSON."""
