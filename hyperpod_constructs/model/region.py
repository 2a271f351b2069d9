"""The names of Regions."""

import re

REGION = (
    r"(?:[a-z]{2}|us-gov|us-isob?|us-isof|eu-isoe|eusc-[a-z]{2})-"
    r"(?:central|(?:north|south)?(?:east|west)|north|south)-[0-9]+"
)
"""A Region. New ones have the same form."""


def is_region(text: str) -> bool:
    """Whether a text has the form of a Region."""
    return re.fullmatch(REGION, text) is not None
