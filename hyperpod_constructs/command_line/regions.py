"""Regions as values of arguments."""

import argparse

from hyperpod_constructs.model.region import is_region


def region(text: str) -> str:
    """A Region."""
    if not is_region(text):
        raise argparse.ArgumentTypeError(f"{text!r} must be a Region such as us-west-2")
    return text
