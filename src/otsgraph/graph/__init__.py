"""What the graph means: statements, facts, passages, the ontology, descriptions of things, names."""
