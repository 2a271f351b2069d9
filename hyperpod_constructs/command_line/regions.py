"""Regions as values of arguments."""

import argparse
import re

REGION = (
    r"(?:[a-z]{2}|us-gov|us-isob?|us-isof|eu-isoe|eusc-[a-z]{2})-"
    r"(?:central|(?:north|south)?(?:east|west)|north|south)-[0-9]+"
)
"""A Region. New ones have the same form."""


def region(text: str) -> str:
    """A Region."""
    if not re.fullmatch(REGION, text):
        raise argparse.ArgumentTypeError(f"{text!r} must be a Region such as us-west-2")
    return text
