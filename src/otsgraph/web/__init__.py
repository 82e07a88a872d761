"""The HTTP side: the SPARQL endpoint and the pages."""
