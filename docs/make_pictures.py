"""Take the README's pictures again, from a running `spotify-assets dev` after `spotify-assets demo`.

Needs Chromium. Usage: python docs/make_pictures.py [CHROMIUM] [URL] [BASE]
"""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path

from playwright.sync_api import sync_playwright

DOCS = Path(__file__).parent
WIDTHS = {"": 1280, "_phone": 390}
THEMES = {"": "light", "_dark": "dark"}
CHROMIUM = sys.argv[1] if len(sys.argv) > 1 else "/usr/bin/chromium"
URL = sys.argv[2] if len(sys.argv) > 2 else "http://localhost:3000"
BASE = Path(sys.argv[3] if len(sys.argv) > 3 else "data").resolve()
OPTIONS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
LINEAGE = "assets/raw_playlist?view=lineage&lineageScope=downstream&lineageDepth=6"
MILLISECONDS_TO_SETTLE = 6000  # the graph moves into place, and its figures load one by one

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
    page = browser.new_page(viewport={"width": 2100, "height": 1300})
    page.goto(f"{URL}/{LINEAGE}", wait_until="load")
    # Where the graph is zoomed out to fit, it shows names without figures.
    page.get_by_text("104 partitions").first.wait_for(timeout=60_000)
    page.wait_for_timeout(MILLISECONDS_TO_SETTLE)
    page.screenshot(path=DOCS / "asset_graph.png")
    for (of_width, width), (of_theme, theme) in product(WIDTHS.items(), THEMES.items()):
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
        page.goto((BASE / "reports" / "dashboard.html").as_uri())
        page.locator("html[data-drawn=complete]").wait_for(state="attached")
        page.screenshot(path=DOCS / f"dashboard{of_width}{of_theme}.png")
        if not of_width:
            page.locator("#view-period").click()
            page.get_by_role("button", name="Previous period on file").click()
            page.screenshot(path=DOCS / f"dashboard_year{of_theme}.png")
    browser.close()
sys.stdout.write(f"Made the pictures in {DOCS}\n")
