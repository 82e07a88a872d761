"""Saved queries: headers, typed parameters, binding of values, and the trial before serving."""
