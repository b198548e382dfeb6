"""What is drawn, with its words: overlays, legend, areas, small maps."""
