"""Events, alarms, queries and dashboards of clusters."""
