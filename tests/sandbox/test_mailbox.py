"""Reading the sandbox's mail: as JSON and as pages that nothing hostile gets out of."""

import smtplib
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
import requests

from tracking.sandbox import Sandbox
from tracking.sandbox._mails import Mail


def put(sandbox: Sandbox, raw: bytes, *to: str) -> int:
    mail = Mail(
        id=sandbox.state.next_id(),
        at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
        envelope_from="bounce@shop.example",
        recipients=to or ("jo@home.example",),
        login="",
        raw=raw,
    )
    return int(sandbox.state.mail.add(mail).id)


def mail(subject: str = "Arriving today", html: str = "<h1>Today</h1>", text: str = "Today") -> bytes:
    message = EmailMessage()
    message["From"] = "Fell & Ridge <hello@ridge.example>"
    message["To"] = "jo@home.example"
    message["Subject"] = subject
    message["Message-ID"] = "<m1@ridge.example>"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()


def get(sandbox: Sandbox, path: str, accept: str = "text/html") -> requests.Response:
    return requests.get(f"{sandbox.url}/_sandbox/mail{path}", headers={"Accept": accept}, timeout=5)


def test_list_names_recipient_subject_and_message_id(sandbox: Sandbox) -> None:
    found = put(sandbox, mail("Arrivée – aujourd’hui"))
    shown = get(sandbox, "", "application/json").json()
    assert shown["total"] == 1
    row = shown["mails"][0]
    assert (row["id"], row["to"], row["subject"]) == (found, ["jo@home.example"], "Arrivée – aujourd’hui")
    assert row["message_id"] == "<m1@ridge.example>"
    assert row["at"] == "2026-11-22T09:30:00+00:00"


def test_json_by_query_and_by_default(sandbox: Sandbox) -> None:
    assert get(sandbox, "?format=json").json() == {"total": 0, "mails": []}
    assert get(sandbox, "", "*/*").headers["Content-Type"] == "application/json"
    assert get(sandbox, "?format=html", "application/json").headers["Content-Type"].startswith("text/html")


def test_list_filters_by_recipient_and_counts(sandbox: Sandbox) -> None:
    put(sandbox, mail(), "a@home.example")
    for _ in range(3):
        put(sandbox, mail(), "B@home.example")
    found = get(sandbox, "?to=b@HOME&limit=2", "application/json").json()
    assert (found["total"], len(found["mails"])) == (3, 2)
    assert get(sandbox, "?limit=0", "application/json").json()["mails"] == []


def test_one_mail_has_headers_text_and_html(sandbox: Sandbox) -> None:
    found = put(sandbox, mail(text="Grüße, สวัสดี"))
    shown = get(sandbox, f"/{found}.json").json()
    assert shown["text"].strip() == "Grüße, สวัสดี"
    assert shown["html"].strip() == "<h1>Today</h1>"
    assert {"name": "Subject", "value": "Arriving today"} in shown["headers"]
    assert shown["envelope_from"] == "bounce@shop.example"


def test_pages_show_each_view(sandbox: Sandbox) -> None:
    found = put(sandbox, mail())
    assert f'src="/_sandbox/mail/{found}.html"' in get(sandbox, f"/{found}").text
    assert "Message-ID" in get(sandbox, f"/{found}?view=headers").text
    assert "Content-Transfer-Encoding" in get(sandbox, f"/{found}?view=source").text
    assert "<iframe" not in get(sandbox, f"/{found}?view=text").text
    assert get(sandbox, f"/{found}.eml").headers["Content-Type"] == "message/rfc822"


def test_list_opens_the_newest_mail(sandbox: Sandbox) -> None:
    put(sandbox, mail("first"))
    put(sandbox, mail("second"))
    assert "<h2>second</h2>" in get(sandbox, "").text
    assert "<h2>first</h2>" in get(sandbox, "/0").text


def test_mail_without_html_opens_its_text(sandbox: Sandbox) -> None:
    put(sandbox, mail(html=""))
    shown = get(sandbox, "").text
    assert "<iframe" not in shown
    assert "<pre>Today" in shown


def test_html_runs_nothing_and_loads_nothing_from_elsewhere(sandbox: Sandbox) -> None:
    found = put(sandbox, mail(html="<html><head></head><script>alert(1)</script><form></form></html>"))
    shown = get(sandbox, f"/{found}.html")
    policy = shown.headers["Content-Security-Policy"]
    directives = {part.split()[0]: part.split()[1:] for part in policy.split(";")}
    assert "allow-scripts" not in directives["sandbox"]
    assert "allow-same-origin" not in directives["sandbox"]
    assert directives["default-src"] == ["'none'"]
    assert "script-src" not in directives
    assert all(source == "data:" or "127.0.0.1" in source or "localhost" in source for source in directives["img-src"])
    page = get(sandbox, f"/{found}")
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert '<base target="_blank">' in shown.text


@pytest.mark.parametrize("view", ["html", "text", "headers", "source"])
def test_hostile_mail_is_escaped_everywhere(sandbox: Sandbox, view: str) -> None:
    hostile = "<script>alert(1)</script>"
    raw = f'From: "{hostile}" <x@y.example>\nTo: {hostile}\nSubject: {hostile}\nX-Evil: {hostile}\n\n{hostile}'
    found = put(sandbox, raw.encode(), f"{hostile}@y.example")
    assert "<script" not in get(sandbox, f"/{found}?view={view}&to={hostile}").text
    assert "<script" not in get(sandbox, f"?view={view}").text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00 no mail at all",
        b"Content-Type: text/html; charset=nonsense\n\n<p>x</p>",
        b"Content-Type: multipart/alternative; boundary=x\n\n--x\nnothing",
        b"Subject: =?utf-8?q?=ff?=\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!",
        b"From: @@@\nTo: <<>>\nDate: never\n\n",
    ],
)
def test_broken_mail_can_still_be_looked_at(sandbox: Sandbox, raw: bytes) -> None:
    found = put(sandbox, raw)
    for path in (
        "",
        f"/{found}",
        f"/{found}?view=source",
        f"/{found}?view=headers",
        f"/{found}.json",
        f"/{found}.html",
    ):
        assert get(sandbox, path).status_code == 200


def test_unknown_mail_is_404(sandbox: Sandbox) -> None:
    for path in ("/77", "/77.json", "/77.html", "/77.eml", "/x"):
        assert get(sandbox, path).status_code == 404


def test_empty_mailbox_says_where_to_send(sandbox: Sandbox) -> None:
    assert sandbox.smtp_url in get(sandbox, "").text
    assert "Nothing for" in get(sandbox, "?to=nobody").text


def test_mailbox_can_be_emptied(sandbox: Sandbox) -> None:
    put(sandbox, mail())
    assert requests.delete(f"{sandbox.url}/_sandbox/mail", timeout=5).status_code == 204
    assert get(sandbox, "", "application/json").json()["total"] == 0


def test_mail_that_came_by_smtp_is_read_back(sandbox: Sandbox) -> None:
    host, port = sandbox.smtp_url.removeprefix("smtp://").split(":")
    with smtplib.SMTP(host, int(port), "tester.example", timeout=5) as smtp:
        smtp.sendmail("hello@ridge.example", ["jo@home.example"], mail())
    found = get(sandbox, "", "application/json").json()["mails"][0]["id"]
    assert get(sandbox, f"/{found}.json").json()["html"].strip() == "<h1>Today</h1>"
