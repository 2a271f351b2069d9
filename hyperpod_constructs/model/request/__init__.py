"""A cluster as CreateCluster, UpdateCluster, DescribeCluster and CloudFormation write it.

Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateCluster.html
"""

from .reader import read_request
from .writer import write_properties, write_request

__all__ = ["read_request", "write_properties", "write_request"]
