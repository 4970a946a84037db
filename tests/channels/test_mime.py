"""Mails as bytes."""

import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.channels._base import About, ChannelRefused, EmailParts, Outgoing, Sender
from tracking.channels._mime import Letter, address, letter
from tracking.platform import clock
from tracking.platform.errors import BadRecipient

SHOP = Sender("hello@ridge.example", "Fell & Ridge")
PARTS = EmailParts(
    subject="Arriving Thursday 3 December",
    html="<h1>Thursday</h1>",
    message_id="<m.abc@ridge.example>",
    thread_id="<first@ridge.example>",
    entity_id="order-1001-delivered",
    reply_to="help@ridge.example",
    unsubscribe_url="https://track.ridge.example/u/abc-DEF_123",
    feedback_id="delivered:ridge:waypost:ridge",
    bounce_address="bounce+abc@bounces.ridge.example",
)


HOSTILE = st.text(
    st.one_of(st.sampled_from('\r\n\0\t<>@:,;"\\\x0b\x0c\x85\u2028\u2029=?ก'), st.characters(codec="utf-8")),
    max_size=60,
)


def write(
    parts: EmailParts = PARTS, sender: Sender = SHOP, to: str = "jo@home.example", text: str = "Thursday"
) -> Letter:
    return letter(Outgoing("public-1", to, text, email=parts), sender)


def parsed(made: Letter) -> EmailMessage:
    found = email.message_from_bytes(made.raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


def test_all_headers_are_there() -> None:
    with clock.frozen(datetime(2026, 11, 22, 9, 30, tzinfo=UTC)):
        found = parsed(write())
    assert dict(found.items()) | {"Content-Type": ""} == {
        "Date": "Sun, 22 Nov 2026 09:30:00 +0000",
        "From": "Fell & Ridge <hello@ridge.example>",
        "To": "jo@home.example",
        "Reply-To": "help@ridge.example",
        "Subject": "Arriving Thursday 3 December",
        "Message-ID": "<m.abc@ridge.example>",
        "In-Reply-To": "<first@ridge.example>",
        "References": "<first@ridge.example>",
        "X-Entity-Ref-ID": "order-1001-delivered",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "List-Unsubscribe": "<https://track.ridge.example/u/abc-DEF_123>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Feedback-ID": "delivered:ridge:waypost:ridge",
        "MIME-Version": "1.0",
        "Content-Type": "",
    }


def test_text_comes_first_and_html_last() -> None:
    found = parsed(write(text="Grüße, สวัสดี\n.\nFrom here"))
    kinds = [part.get_content_type() for part in found.iter_parts()]
    assert kinds == ["text/plain", "text/html"]
    assert all(part["Content-Transfer-Encoding"] == "quoted-printable" for part in found.iter_parts())
    text = found.get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n").strip() == "Grüße, สวัสดี\n.\nFrom here"


@given(HOSTILE, HOSTILE)
def test_text_and_html_come_back_as_they_were(text: str, html: str) -> None:
    def settled(words: str) -> str:
        bare = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", words)
        return re.sub(r"\r\n|\r|\n", "\n", bare).removesuffix("\n")

    found = email.message_from_bytes(write(EmailParts(subject="x", html=f"{html}."), text=text).raw)
    parts = found.get_payload()
    assert isinstance(parts, list)
    assert not found.defects
    read = [part.get_payload(decode=True).decode().replace("\r\n", "\n").removesuffix("\n") for part in parts]
    assert read == [settled(text), settled(f"{html}.")]


def test_long_lines_are_cut_softly() -> None:
    made = write(EmailParts(subject="x", html="<p>" + "é" * 5000 + "</p>"), text="word " * 1000)
    assert max(len(line) for line in made.raw.split(b"\r\n")) <= 78
    assert made.raw.isascii()
    body = parsed(made).get_body(("html",))
    assert body is not None
    assert body.get_content().strip() == "<p>" + "é" * 5000 + "</p>"


def test_same_message_gives_the_same_bytes() -> None:
    with clock.frozen(datetime(2026, 11, 22, 9, 30, tzinfo=UTC)):
        assert write().raw == write().raw


def test_headers_without_a_value_are_left_out() -> None:
    found = parsed(write(EmailParts(subject="Hello")))
    for name in (
        "Reply-To",
        "References",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "Feedback-ID",
        "X-Entity-Ref-ID",
    ):
        assert name not in found
    assert found["Message-ID"] == "<public-1@ridge.example>"
    assert found.get_content_type() == "text/plain"


def test_first_mail_of_a_thread_refers_to_nothing() -> None:
    found = parsed(write(EmailParts(subject="x", message_id="<a@b.example>", thread_id="<a@b.example>")))
    assert "References" not in found


def test_envelope_sender_tells_bounces_apart() -> None:
    assert write().envelope_from.spec == "bounce+abc@bounces.ridge.example"
    assert write(EmailParts(subject="x")).envelope_from.spec == "hello@ridge.example"


@pytest.mark.parametrize(
    "subject",
    [
        "Votre commande n° 1001 est arrivée – merci",
        "พัสดุของคุณจะถึงวันพฤหัสบดีที่ 3 ธันวาคม ระหว่างเวลา 14:00 ถึง 17:00 น. โปรดเตรียมรับสินค้า",
        "📦 " * 60,
        "=?utf-8?q?not_encoded?=",
        "long " * 70,
    ],
)
def test_any_subject_survives_and_folds(subject: str) -> None:
    made = write(EmailParts(subject=subject))
    assert parsed(made)["Subject"] == " ".join(subject.split())[:400].strip()
    head = made.raw.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert all(len(line) <= 78 for line in head.split(b"\r\n") if b"=?utf-8?" in line)


@pytest.mark.parametrize(
    "name",
    ["Papier & Cie", 'A "quoted" name', "Papeterie d’été", "ดินดี", "Ridge, Inc.", "a <b@c.example>", "=?utf-8?q?x?="],
)
def test_any_sender_name_survives(name: str) -> None:
    found = parsed(write(sender=Sender("hello@ridge.example", name)))["From"].addresses[0]
    assert (found.display_name, found.addr_spec) == (name, "hello@ridge.example")


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_nothing_can_be_smuggled_into_the_headers(one: str, two: str, three: str, four: str) -> None:
    parts = EmailParts(
        subject=one,
        html=two,
        message_id=three,
        thread_id=four,
        entity_id=one,
        unsubscribe_url=f"https://x.example/{two}",
        feedback_id=three,
    )
    made = write(parts, Sender("hello@ridge.example", four), text=one)
    allowed = {
        *("date", "from", "to", "subject", "message-id", "in-reply-to", "references", "x-entity-ref-id"),
        *("auto-submitted", "x-auto-response-suppress", "list-unsubscribe", "list-unsubscribe-post", "feedback-id"),
        *("mime-version", "content-type", "content-transfer-encoding"),
    }
    found = email.message_from_bytes(made.raw, policy=email.policy.compat32)
    names = [name.lower() for name in found]
    assert set(names) <= allowed
    assert len(names) == len(set(names))
    assert max(len(line) for line in made.raw.split(b"\r\n")) <= 998
    assert b"\n" not in made.raw.replace(b"\r\n", b"")
    assert b"\r" not in made.raw.replace(b"\r\n", b"")


def test_smuggled_recipient_is_only_text() -> None:
    found = parsed(
        write(EmailParts(subject="Hi\r\nBcc: victim@x.example"), Sender("hello@ridge.example", "A\nCc: b@c.d"))
    )
    assert found["Subject"] == "Hi Bcc: victim@x.example"
    assert "Bcc" not in found
    assert "Cc" not in found


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://x.example/a b",
        "https://x.example/>,<mailto:x@y.example",
        "mailto:x@y.example",
        "https://é.example/",
    ],
)
def test_unsubscribe_address_that_is_no_url_is_left_out(url: str) -> None:
    found = parsed(write(EmailParts(subject="x", unsubscribe_url=url)))
    assert "List-Unsubscribe" not in found
    assert "List-Unsubscribe-Post" not in found


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("jo@home.example", "jo@home.example"),
        (" jo+tag.x@HOME.Example ", "jo+tag.x@home.example"),
        ("jo@bücher.example", "jo@xn--bcher-kva.example"),
        ("o'neil!#$%&*/=?^_`{|}~-@home.example", "o'neil!#$%&*/=?^_`{|}~-@home.example"),
        ("jo@home.example.", "jo@home.example"),
        ("สมชาย@ตัวอย่าง.example", "สมชาย@xn--72c1a1bt4awk9o.example"),
    ],
)
def test_address_goes_out_with_an_ascii_domain(text: str, spec: str) -> None:
    found = address(text)
    assert found.spec == spec
    assert found.is_ascii == found.local.isascii()


@pytest.mark.parametrize(
    "text",
    [
        *("", "jo", "@home.example", "jo@", "jo@@home.example", "jo@-home.example", "jo@home..example", "jo@.example"),
        *(
            "a b@home.example",
            "jo@ho me.example",
            "<jo@home.example>",
            "jo@home.example,x@y.example",
            ".jo@home.example",
        ),
        *(
            "jo..x@home.example",
            "jo@home.example\r\nRCPT TO:<x@y.example>",
            "jo\0@home.example",
            "x" * 65 + "@home.example",
        ),
        *(
            "jo@" + "a" * 64 + ".example",
            "jo@[127.0.0.1]",
            "jo@home.example>",
            "jo\u2028@home.example",
            "jo.@home.example",
        ),
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadRecipient):
        address(text)


@given(HOSTILE)
def test_accepted_address_can_end_no_command(text: str) -> None:
    try:
        spec = address(text).spec
    except BadRecipient:
        return
    assert not set(spec) & set("\r\n\0<> ,;")


def test_own_address_that_is_none_is_a_fault_of_the_settings() -> None:
    for parts, sender in (
        (PARTS, Sender("no address")),
        (EmailParts(subject="x", reply_to="nobody"), SHOP),
        (EmailParts(subject="x", bounce_address="x@"), SHOP),
    ):
        with pytest.raises(ChannelRefused) as caught:
            write(parts, sender)
        assert caught.value.about is About.CONFIG


def test_only_a_non_ascii_local_part_needs_smtputf8() -> None:
    assert not write(to="jo@bücher.example").needs_utf8
    assert write(to="zoé@home.example").needs_utf8
