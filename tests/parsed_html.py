"""HTML as a tree, for tests; what is not closed in order is refused."""

import re
from html.parser import HTMLParser

import numpy as np

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Element:
    """A node of the page: name, attributes, children and text."""

    def __init__(self, name, attributes):
        self.name, self.attributes = name, attributes
        self.children, self.pieces = [], []

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()

    def all(self, name=None, **attributes):
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
        return [
            node
            for node in self.walk()
            if (name is None or node.name == name)
            and all(
                value in (node.attributes.get(key) or "").split()
                if key == "class"
                else node.attributes.get(key) == value
                for key, value in wanted.items()
            )
        ]

    def only(self, name=None, **attributes):
        (element,) = self.all(name, **attributes)
        return element

    @property
    def text(self):
        text = "".join(p if isinstance(p, str) else p.text for p in self.pieces)
        return " ".join(text.split())


class Reader(HTMLParser):
    """Builds the tree; refuses what is not closed in order."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        node = Element(tag, dict(attrs))
        self.open[-1].children.append(node)
        self.open[-1].pieces.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag, attrs):
        node = Element(tag, dict(attrs))
        self.open[-1].children.append(node)

    def handle_endtag(self, tag):
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].pieces.append(data)


def parse(page: bytes) -> Element:
    reader = Reader()
    reader.feed(page.decode("utf-8"))
    reader.close()
    assert reader.open == [reader.root]
    return reader.root


def path_points(data: str) -> np.ndarray:
    """Every point of the data of an SVG path that goes on in steps, shape (n, 2)."""
    points = []
    for ring in re.findall(r"M([^MZ]*)", data):
        steps = [pair.split(",") for pair in ring.replace("l", " ").split()]
        points.append(np.cumsum(np.array(steps, float), axis=0))
    return np.concatenate(points)
