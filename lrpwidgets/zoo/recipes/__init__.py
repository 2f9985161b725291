"""Recipes: small programs that make the data files of the zoo from their public sources."""
