"""The knowledge graph of the diaspora cooperation of the Organization of Turkic States, and its publisher."""
