"""A page in a Chromium of its own context, with all that it asked for and complained of."""

from __future__ import annotations


class Opened:
    """A page, all that it asked for and complained of, and who arrived where leaving leads to."""

    def __init__(self, browser, **options):
        self.context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 900}, **options}
        )
        self.asked, self.complaints, self.arrived = [], [], []
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.context.on("console", lambda message: self.complaints.append(message.text))
        self.context.route("https://www.google.com/**", self._answer)
        self.page = self.context.new_page()

    def _answer(self, route):
        self.arrived.append(dict(route.request.headers))
        route.fulfill(body="<title>elsewhere</title>", content_type="text/html")
