"""Holds `resnet`, which zennit imports."""
