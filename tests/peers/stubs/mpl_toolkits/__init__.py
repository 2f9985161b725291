"""Stands in for the toolkits of matplotlib that captum imports."""
