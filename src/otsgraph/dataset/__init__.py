"""From files to what is served: sources, build, counts, metadata, downloads."""
