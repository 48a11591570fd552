"""JoinQuant's own package, by the names strategies import."""
