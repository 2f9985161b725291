"""Stands in for torchvision, which zennit imports for the names of a few classes and the tests do not need."""

from torchvision import ops as ops
