"""Vista pública: the self-contained page, its file tree and the API."""
