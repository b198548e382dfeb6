"""One state of the map put together: loaders, analysis, gate, layers.

The page, the command line and the web routes all come through here, so that a figure has one path.
"""
