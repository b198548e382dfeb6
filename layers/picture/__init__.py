"""Peru as one scene, written as SVG, PNG or PDF."""
