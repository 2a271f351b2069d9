"""Checks of clusters that other tools wrote: requests, templates, cloud assemblies."""
