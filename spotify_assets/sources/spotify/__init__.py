"""Spotify's Web API as a source: asking it, politely and within limits, and judging what it answers.

What its objects look like is in `payloads`; when it is asked, and for what, in `assets`.
"""
