"""Settings: all of a part or nothing, clear faults, the last good version kept, nobody's change lost."""

import io
import re
from typing import Any

import pytest
from sqlalchemy import select

from tests.console.conftest import Person, Scene
from tracking.console import brand as brand_part
from tracking.models import ApiKey, Audit, Role
from tracking.platform import brand, security

GOOD: dict[str, dict[str, Any]] = {
    "brand": {"accent": "#a8322a", "second": "", "paper": "warm", "face": "serif", "radius_px": "3"},
    "languages": {
        "name": "Fell & Ridge Ltd",
        "url": "https://fell.example",
        "home": "fr",
        "locales": ["en", "fr"],
        "time_zone": "Europe/Paris",
        "send_from": "9",
        "send_until": "20",
        "handling_days": "1",
        "transit_days_min": "2",
        "transit_days_max": "5",
        "scan_grace_h": "36",
    },
    "senders": {
        "sender_name": "Fell & Ridge",
        "sender_email": "orders@FELL.example",
        "reply_to": "help@fell.example",
        "sms_sender": "+44 7700 900123",
    },
    "help": {
        "email": "help@fell.example",
        "phone": "020 7946 0018",
        "url": "",
        "hours-en": "We answer within 3 hours",
        "hours-fr": "Réponse en moins de 3 heures",
        "returns_url": "https://fell.example/returns",
        "returns_days": "60",
        "shipping_url": "",
        "privacy_url": "",
        "lost": "replace",
        "imprint-en": "Fell & Ridge Ltd, Kendal",
    },
}


def version(person: Person, url: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', person.get(url).text)
    assert found
    return found[1]


def save(person: Person, scene: Scene, part: str, **changed: Any) -> Any:
    url = f"{scene.base}/{part}"
    data = {**GOOD[part], "version": version(person, url), **changed}
    return person.post(url, data)


@pytest.mark.parametrize("part", GOOD)
def test_good_answers_are_saved_and_seen_at_once(scene: Scene, owner: Person, part: str) -> None:
    before = scene.store.version
    answer = save(owner, scene, part)
    assert answer.status_code == 303, answer.text
    assert "Saved." in owner.get(answer.location).text
    scene.session.expire_all()
    assert scene.store.version == before + 1
    row = scene.session.scalars(select(Audit)).one()
    assert row.store_id == scene.store.id
    assert row.actor == f"user:{scene.owner.public_id}"
    # the same again is no change
    assert save(owner, scene, part).status_code == 303
    scene.session.expire_all()
    assert scene.store.version == before + 1


def test_what_was_saved_is_what_pages_and_messages_read(scene: Scene, owner: Person) -> None:
    for part in GOOD:
        assert save(owner, scene, part).status_code == 303
    scene.session.expire_all()
    store = scene.store
    assert brand.Brand.read(store.brand) == brand.Brand("#a8322a", None, brand.Face.SERIF, brand.Paper.WARM, 3)
    assert store.locales == ["fr", "en"]
    assert (store.quiet_until_h, store.quiet_from_h) == (9, 20)
    assert store.sender_email == "orders@fell.example"
    assert store.sms_sender == "+447700900123"
    assert store.support["phone"] == "+442079460018"
    assert store.support["hours"] == {"en": "We answer within 3 hours", "fr": "Réponse en moins de 3 heures"}
    assert "url" not in store.support
    assert store.policies["returns_days"] == 60


def test_what_no_form_asks_for_stays(scene: Scene, owner: Person) -> None:
    scene.store.policies = {**scene.store.policies, "quiet_hours": {"FR": {"sunday": "8-20"}}}
    scene.session.commit()
    assert save(owner, scene, "help").status_code == 303
    scene.session.expire_all()
    assert scene.store.policies["quiet_hours"] == {"FR": {"sunday": "8-20"}}


@pytest.mark.parametrize(
    ("part", "changed", "told"),
    [
        ("brand", {"accent": "green"}, "Write a colour like"),
        ("brand", {"accent": "#12345"}, "Write a colour like"),
        ("brand", {"second": "url(x)"}, "Write a colour like"),
        ("brand", {"radius_px": "99"}, "from 0 to 28"),
        ("brand", {"face": "Comic Sans"}, "Choose one of these"),
        ("languages", {"name": " "}, "cannot be empty"),
        ("languages", {"name": "x" * 200}, "too long"),
        ("languages", {"home": "xx"}, "Choose one of these"),
        ("languages", {"time_zone": "../../etc/passwd"}, "Choose one of these"),
        ("languages", {"time_zone": "Mars/Olympus"}, "Choose one of these"),
        ("languages", {"send_from": "21", "send_until": "8"}, "later than the hour"),
        ("languages", {"send_from": "٣"}, "whole number"),
        ("languages", {"transit_days_min": "9"}, "less than the shortest"),
        ("languages", {"url": "javascript:alert(1)"}, "not a web address"),
        ("senders", {"sender_email": "nobody"}, "not an email address"),
        ("senders", {"sender_email": "a@b.example\r\nBcc: eve@evil.example"}, "not an email address"),
        ("senders", {"sender_name": "Eve <eve@evil.example>"}, "has no @"),
        ("senders", {"sender_email": ""}, "need an address"),
        ("senders", {"sms_sender": "Fell and Ridge Ltd"}, "up to 11"),
        ("senders", {"sms_sender": "12345678901234567890"}, "up to 11"),
        ("help", {"email": "a@b"}, "not an email address"),
        ("help", {"phone": "call me"}, "not a phone number"),
        ("help", {"returns_url": "//evil.example"}, "not a web address"),
        ("help", {"returns_days": "-3"}, "whole number"),
        ("help", {"lost": "shrug"}, "Choose one of these"),
    ],
)
def test_fault_is_told_beside_its_question_and_the_last_good_version_stays(
    scene: Scene, owner: Person, part: str, changed: dict[str, str], told: str
) -> None:
    def kept() -> tuple[object, ...]:
        scene.session.expire_all()
        store = scene.store
        return (store.version, dict(store.brand), store.name, store.sender_email, dict(store.support), store.locales)

    before = kept()
    answer = save(owner, scene, part, **changed)
    assert answer.status_code == 422
    assert told in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "Nothing was saved" in answer.text
    assert kept() == before


def test_scripts_in_every_answer_come_back_as_text(scene: Scene, owner: Person) -> None:
    bad = '"><script>alert(1)</script>'
    for part, answers in GOOD.items():
        typed = dict.fromkeys(answers, bad)
        text = save(owner, scene, part, **typed).text
        assert "<script>alert" not in text, part
    save(owner, scene, "languages", name=bad)
    for path in ("/", "/brand", "/messages", "/done"):
        assert "<script>alert" not in owner.get(f"{scene.base}{path}").text


def test_change_of_somebody_else_is_not_overwritten(scene: Scene, owner: Person) -> None:
    for part, answers in GOOD.items():
        opened = version(owner, f"{scene.base}/{part}")
        scene.store.version += 1
        scene.store.reply_to = "colleague@fell.example"
        scene.session.commit()
        answer = owner.post(f"{scene.base}/{part}", {**answers, "version": opened})
        assert answer.status_code == 409
        assert "somebody else changed this" in answer.text
        scene.session.expire_all()
        assert scene.store.reply_to == "colleague@fell.example"
        assert scene.session.scalars(select(Audit)).all() == []


def test_sender_by_name_and_by_service_are_taken(scene: Scene, owner: Person) -> None:
    for sender in ("FellRidge", "MG" + "a" * 32, ""):
        assert save(owner, scene, "senders", sms_sender=sender).status_code == 303
        scene.session.expire_all()
        assert (scene.store.sms_sender or "") == sender


# ---- brand


def sent_logo(text: str) -> dict[str, Any]:
    return {"logo": (io.BytesIO(text.encode()), "logo.svg")}


LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M2 19 9 6l4 7z" fill="#2a6a4b"/></svg>'


def test_logo_is_kept_written_anew_and_taken_away_again(scene: Scene, owner: Person) -> None:
    noisy = LOGO.replace("<path", "<!-- made by hand --><metadata>x</metadata><path")
    assert save(owner, scene, "brand", **sent_logo(noisy)).status_code == 303
    scene.session.expire_all()
    assert scene.store.brand["logo_svg"] == LOGO
    assert save(owner, scene, "brand").status_code == 303
    scene.session.expire_all()
    assert scene.store.brand["logo_svg"] == LOGO, "a form without a file keeps it"
    assert save(owner, scene, "brand", no_logo="1").status_code == 303
    scene.session.expire_all()
    assert "logo_svg" not in scene.store.brand


def test_hostile_logo_is_refused_with_its_line(scene: Scene, owner: Person) -> None:
    bad = LOGO.replace("><path", ">\n<script>alert(1)</script>\n<path")
    answer = save(owner, scene, "brand", **sent_logo(bad))
    assert answer.status_code == 422
    assert "Line 2: The element “script” is not allowed." in answer.text
    scene.session.expire_all()
    assert "logo_svg" not in scene.store.brand


def test_preview_shows_what_was_typed_and_saves_nothing(scene: Scene, owner: Person) -> None:
    data = {**GOOD["brand"], "accent": "#ff0000", **sent_logo(LOGO)}
    before = scene.store.version
    fragment = owner.post(f"{scene.base}/brand/preview", data, headers={"HX-Request": "true"})
    assert fragment.status_code == 200
    assert "<html" not in fragment.text
    assert "data:image/svg+xml;base64," in fragment.text
    css = re.search(r'href="([^"]+look\.css[^"]+)"', fragment.text)
    assert css
    sheet = owner.get(css[1].replace("&amp;", "&"))
    assert sheet.mimetype == "text/css"
    assert ".look.dark{" in sheet.text
    accent = brand.palette(brand.Brand("#ff0000", None, brand.Face.SERIF, brand.Paper.WARM, 3), dark=False).accent
    assert f"--accent:{accent}" in sheet.text
    data = {**GOOD["brand"], "accent": "#ff0000"}
    whole = owner.post(f"{scene.base}/brand/preview", data)
    assert 'value="#ff0000"' in whole.text, "without a script, the page with what was typed"
    scene.session.expire_all()
    assert scene.store.version == before


def test_preview_of_a_fault_says_so_and_goes_on(scene: Scene, owner: Person) -> None:
    data = {**GOOD["brand"], "accent": "#nope"}
    fragment = owner.post(f"{scene.base}/brand/preview", data, headers={"HX-Request": "true"})
    assert fragment.status_code == 200
    assert "Write a colour like" in fragment.text
    assert "look.css" in fragment.text


def test_stylesheet_of_the_preview_holds_nothing_of_its_address(owner: Person, scene: Scene) -> None:
    sheet = owner.get(f"{scene.base}/brand/look.css?accent=%7D*%7Bx&second=%22&face=%3C/style%3E&radius_px=1e9")
    assert sheet.status_code == 200
    for bad in ("*{", "<", "1e9"):
        assert bad not in sheet.text


def test_accent_that_nobody_could_see_is_told(scene: Scene, owner: Person) -> None:
    text = owner.post(f"{scene.base}/brand/preview", {**GOOD["brand"], "accent": "#ffff00"}).text
    assert "Your accent is drawn as" in text
    assert brand_part._notes(brand.Brand("#2a6a4b"))[0].startswith("Words on the button")


# ---- API keys


def test_key_is_shown_once_and_kept_as_a_hash(scene: Scene, owner: Person) -> None:
    answer = owner.post(f"{scene.base}/keys", {"name": "Shop server"})
    found = re.search(r"wp_[\w-]{40,}", answer.text)
    assert found
    key = scene.session.scalars(select(ApiKey)).one()
    assert key.key_hash == security.hash_api_key(found[0])
    assert key.store_id == scene.store.id
    page = owner.get(f"{scene.base}/keys").text
    assert found[0] not in page
    assert key.prefix in page
    assert "made an API key" in owner.get(f"{scene.base}/done").text


def test_revoked_key_stays_listed_and_opens_nothing(scene: Scene, owner: Person) -> None:
    made = re.search(r"wp_[\w-]{40,}", owner.post(f"{scene.base}/keys", {"name": "Old <b>"}).text)
    assert made
    prefix = made[0][:10]
    for _ in range(2):
        assert owner.post(f"{scene.base}/keys/{prefix}/revoke").status_code == 303
    page = owner.get(f"{scene.base}/keys").text
    assert "revoked" in page
    assert "Old &lt;b&gt;" in page
    api = scene.app.test_client().get("/api/v1/orders", headers={"Authorization": f"Bearer {made[0]}"})
    assert api.status_code == 401
    actions = scene.session.scalars(select(Audit.action).order_by(Audit.id)).all()
    assert actions == ["key.created", "key.revoked"]


def test_key_needs_a_name(scene: Scene, owner: Person) -> None:
    assert owner.post(f"{scene.base}/keys", {"name": "  "}).status_code == 422
    assert scene.session.scalars(select(ApiKey)).all() == []


def test_what_was_done_is_listed_in_words_with_a_link(scene: Scene, owner: Person) -> None:
    owner.post(f"{scene.base}/orders/{scene.order.public_id}/cancel")
    save(owner, scene, "senders")
    page = owner.get(f"{scene.base}/done").text
    assert "cancelled an order" in page
    assert "changed the senders" in page
    assert f"/orders/{scene.order.public_id}" in page
    assert "Sam Example" in page


def test_viewer_reads_settings_and_has_no_button(scene: Scene) -> None:
    viewer = scene.person(Role.VIEWER)
    for part in GOOD:
        page = viewer.get(f"{scene.base}/{part}").text
        assert "disabled" in page
        assert '<button class="act"' not in page
