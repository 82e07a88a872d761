"""Who evaluates a query, in which process, within which limits: fork server, workers, pool, lanes, cache."""
