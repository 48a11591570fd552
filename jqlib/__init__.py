"""JoinQuant's library of indicators and optimizers, by the names strategies import."""
