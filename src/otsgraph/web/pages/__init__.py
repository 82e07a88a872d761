"""View models of the pages, and their templates."""
