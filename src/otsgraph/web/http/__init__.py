"""HTTP without pages: headers, responses, files, problems, connections, reload, server."""
