"""RDF: terms, datatypes and formats; reading files and writing graphs. Knows nothing of this project's data."""
