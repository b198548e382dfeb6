"""Drawing Peru from finished numbers and words: folium layers, palette, legend, pictures."""
