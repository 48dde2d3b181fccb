"""Messages by apprise: that they arrive, what is said where they don't, and that no address shows."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from spotify_assets.defs.delivery import Message, Sent, open_addresses, send
from spotify_assets.settings import Settings, load_settings
from spotify_assets_tests.fakes.inbox_of_alerts import Received, receiving

URLS = "SPOTIFY_ASSETS_ALERT_URLS"
MESSAGE = Message("Subject & all", "Text <1>\n*two*\n", "<p>HTML &lt;1&gt;</p>")


def to(*addresses: str, between: str = " ", **more: str) -> Settings:
    return load_settings({URLS: between.join(addresses), **more})


@pytest.fixture
def received() -> Iterator[Received]:
    with receiving() as received:
        yield received


def bodies(received: Received) -> list[tuple[str, str]]:
    return [(message["message"], message["type"]) for message in received.messages]


@pytest.mark.parametrize("between", [" ", ",", ", ", "\n"])
def test_a_message_reaches_every_address_in_the_form_that_its_service_shows(between: str) -> None:
    with ExitStack() as stack:
        forms = ("", "?format=html", "?format=markdown&to=a,b")
        text, html, markdown = (stack.enter_context(receiving(form)) for form in forms)
        addresses = [one.address for one in (text, html, markdown)]
        assert send(to(*addresses, between=between), MESSAGE) == Sent(3, [])
        assert text.titles == ["Subject & all"]
        assert bodies(text) == [("Text <1>\n*two*", "info")]
        assert bodies(html) == [("<p>HTML &lt;1&gt;</p>", "info")]
        assert bodies(markdown) == [("HTML \\<1\\>", "info")]


def test_of_text_alone_html_and_markdown_show_every_sign_as_it_is() -> None:
    with receiving("?format=html") as html, receiving("?format=markdown") as markdown:
        settings = to(html.address, markdown.address)
        assert send(settings, Message("S", "<b> *two*\n- x"), is_failure=True).problems == []
        assert bodies(html) == [("&lt;b&gt; *two*<br>- x", "failure")]
        ((shown, _),) = bodies(markdown)
        assert "\\<b\\> \\*two\\*" in shown


def test_what_cannot_arrive_keeps_nothing_else_from_arriving_and_is_named_with_a_remedy(
    received: Received, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG, "apprise")
    with receiving() as gone:
        pass  # nobody listens there any more
    with receiving() as refusing:
        refusing.status = 500
        settings = to("nosuch://hush-token", gone.address, received.address, refusing.address)
        sent = send(settings, MESSAGE)
    assert (sent.reached, received.titles) == (1, ["Subject & all"])
    wrong, down, refused = sent.problems
    assert wrong.startswith(
        f"Not sent: {URLS}: address 1 of 4 is none that apprise can send to: corr"
    )
    for said, number in ((down, 2), (refused, 4)):
        assert said.startswith(
            f"Not sent: {URLS}: address {number} of 4 (JSON) can't be reached, or"
        )
        assert "check that its service is up" in said
    out = capfd.readouterr()
    for text in (*sent.problems, caplog.text, out.out, out.err):
        for secret in ("hush", "pass-word", "127.0.0.1"):
            assert secret not in text
    assert not any(record.name == "apprise" for record in caplog.records)


@pytest.mark.parametrize("text", ["not-an-address", "json://", "x json://127.0.0.1/hush"])
def test_what_is_no_address_is_counted_and_not_shown(text: str) -> None:
    opened, problems = open_addresses(to(text))
    assert len(problems) == 1
    assert "address 1 of" in problems[0]
    assert len(opened) == text.count("127")


def test_without_apprise_one_sentence_says_how_to_install_it(
    received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)  # as if it weren't installed
    assert send(to(received.address, received.address), MESSAGE) == Sent(
        0,
        [
            f"Not sent: {URLS} is set, but the package apprise isn't installed: "
            f"pip install apprise (with uv: --with apprise), or unset {URLS}"
        ],
    )


def test_a_long_message_comes_in_parts_or_cut_where_a_service_takes_short_ones(
    monkeypatch: pytest.MonkeyPatch, received: Received
) -> None:
    from apprise.plugins.custom_json import NotifyJSON

    monkeypatch.setattr(NotifyJSON, "body_maxlen", 1000)
    assert send(to(received.address), Message("S", "word " * 700)).problems == []
    assert len(received.messages) == 4
    received.messages.clear()
    assert send(to(received.address), Message("S", "word " * 7000)).problems == []
    assert len(received.messages) == 1


def test_the_addresses_are_secrets_of_the_settings_each_of_them(received: Received) -> None:
    settings: Any = to(received.address, "mailto://ida:word@example.com?to=a@b.no,c@d.no")
    assert settings.alert_addresses[1].endswith("?to=a@b.no,c@d.no")
    assert {*settings.alert_addresses} < {*settings.secrets}
    assert "pass-word" not in repr(settings)
