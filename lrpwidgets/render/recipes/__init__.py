"""Recipes: small programs that make the data files which `render` reads."""
