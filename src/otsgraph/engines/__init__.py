"""Whatever answers query operations. Importing this package imports nothing else, so that workers stay small."""
