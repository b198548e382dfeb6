"""Draw overlays, legend, areas and small maps, with their words."""
