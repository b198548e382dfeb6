"""Drawing that leaves the house as a file: finished numbers, colours and words in, bytes out.

A picture is laid out once as a scene of plain shapes and texts; three thin writers turn the scene
into SVG, PNG and PDF, so that no two of them can disagree. Nothing here opens a data file.
"""
