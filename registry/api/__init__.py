"""Other systems: OpenAPI, changed-since."""
