"""A page in a Chromium of its own context, with all that it asked for and complained of."""

from __future__ import annotations


class Opened:
    """A page with all that it asked for and complained of."""

    def __init__(self, browser, **options):
        self.context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 900}, **options}
        )
        self.asked, self.complaints = [], []
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.context.on("console", lambda message: self.complaints.append(message.text))
        self.page = self.context.new_page()


def exit_route(visit, arrived):
    """Note who arrives at the page that leaving leads to."""

    def answer(route):
        arrived.append(dict(route.request.headers))
        route.fulfill(body="<title>elsewhere</title>", content_type="text/html")

    visit.context.route("https://www.google.com/**", answer)
