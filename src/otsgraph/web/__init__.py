"""The web application: one module per family of addresses."""
