"""Command `describe`: clusters as text, JSON, a Mermaid diagram or an HTML page."""
