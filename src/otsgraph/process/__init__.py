"""What the program asks of the operating system: memory, temporary folders, and the sandbox of a worker."""
