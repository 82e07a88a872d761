"""Measurements of the endpoint: beside others, and under attack."""
