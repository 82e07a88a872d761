"""Tables and graphs as SVG."""
