"""Replace Streamlit's own words, which are English only, with ours."""

from __future__ import annotations

from atlas.words import LANGUAGES, Words, words

STREAMLIT = {
    "Skip to main content": "shell.skip",
    "App pages": "shell.pages",
    "Expand sidebar": "shell.menu",
    "Sidebar": "shell.menu",
    "Collapse sidebar": "shell.menu_close",
    "Logo": "shell.logo",
    "Navigate to home page": "shell.home",
    "{} more": "shell.more",
    "Open": "shell.open",
    "Close": "plan.hand.close",
    "Clear value": "shell.clear",
    "Clear all": "shell.clear",
    "Clear selection": "shell.clear",
    "Choose an option": "shell.choose",
    "Choose options": "shell.choose",
    "You can only select up to {}": "shell.most",
    "No results": "shell.no_results",
    "Select all": "shell.select_all",
    "Select {} matches": "shell.select_matches",
    "Copy to clipboard": "shell.copy",
    "Copied": "table.copied",
    "Link to heading": "shell.heading",
    "Show/hide columns": "shell.columns",
    "Download as CSV": "shell.csv",
    "Search": "shell.search",
    "Fullscreen": "shell.fullscreen",
    "Close fullscreen": "shell.fullscreen_close",
    "Help for {}": "shell.help",
    "Press Enter to apply": "shell.enter",
    "{}Number is outside the allowed range. Please enter a value between {} and {}.": (
        "shell.number"
    ),
    "Running...": "shell.running",
    "Stop": "shell.stop",
    "Connecting": "shell.connecting",
    "CONNECTING": "shell.connecting",
    "Download failed": "shell.download_failed",
    "Page not found": "error.404.title",
    "You have requested page {}": "shell.lost_text",
    "The page that you have requested {}": "shell.lost_text",
    "This app has encountered an error. {}": "shell.error_text",
    "Copy": "shell.copy",
    "Connection error": "shell.connection",
    "Is Streamlit still running? {}": "shell.connection_text",
    "Streamlit server is not responding. {}": "shell.connection_text",
    "Connection timed out.": "shell.connection_text",
    "Connection lost. {}": "shell.connection_text",
}
"""by what it says, with {} for what varies: our key."""


def wording(say: Words) -> list[tuple[str, str]]:
    """Return pairs of a text on the page and the text to put in its place, with {} for what varies.

    The other language is among the first: its words stand there when the reader switches.
    """
    pairs = {english: say(key) for english, key in STREAMLIT.items()}
    for lang in LANGUAGES:
        there = words(lang)
        # a word that Streamlit says itself is no sign of another language
        pairs = {there(key): say(key) for key in STREAMLIT.values()} | pairs
    return [(was, now) for was, now in pairs.items() if was != now]
