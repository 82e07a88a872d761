"""SPARQL: a query as text and as an operation, its diagnostics, the protocol, and evaluation on one store."""
