"""Validation: rules, shapes, questions, passages, and the report."""
