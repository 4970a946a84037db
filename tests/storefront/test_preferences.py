"""The shopper's choices, and the one-click unsubscribe."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.storefront.shop import on_its_way
from tracking.models import Channel, Consent, ConsentState, Customer, Meaning, Purpose, Store, Suppression
from tracking.notifications import preferences
from tracking.notifications.meaning_words import MEANING_WORDS


def customer_of(session: Session) -> tuple[str, Customer]:
    order, _ = on_its_way(session)
    assert order.customer
    return f"/t/{order.token}/preferences", order.customer


def count(session: Session, row: type) -> int:
    return session.scalar(select(func.count()).select_from(row)) or 0


def test_page_shows_the_choices_in_force_and_masks_addresses(client: FlaskClient, session: Session) -> None:
    url, customer = customer_of(session)
    page = client.get(url)
    assert page.status_code == 200
    assert customer.email not in page.text
    assert customer.phone not in page.text
    assert "•••@example.com" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_get_changes_nothing(client: FlaskClient, session: Session) -> None:
    url, customer = customer_of(session)
    client.get(f"{url}?channels=&how_much=trouble")
    client.get(f"/u/{customer.unsubscribe_token}")
    session.expire_all()
    assert customer.preferences == {}
    assert count(session, Consent) == count(session, Suppression) == 0


def test_choices_are_saved_and_shown_again(client: FlaskClient, session: Session) -> None:
    url, customer = customer_of(session)
    answer = client.post(url, data={"channels": ["email"], "how_much": "trouble"})
    assert answer.status_code == 303
    session.expire_all()
    assert preferences.stored(customer).trouble_only
    assert preferences.read(customer).channels == {Channel.EMAIL}
    page = client.get(answer.headers["Location"])
    assert "Saved." in page.text
    assert 'value="trouble" checked' in page.text
    order_page = client.get(url.removesuffix("/preferences"))
    assert "only if something goes wrong" in order_page.text


def test_agreeing_to_sms_is_kept_as_a_statement_with_what_was_shown(client: FlaskClient, session: Session) -> None:
    url, _ = customer_of(session)
    client.post(url, data={"channels": ["email", "sms"], "how_much": "all"})
    said = session.scalars(select(Consent)).one()
    assert (said.channel, said.state.value, said.method) == (Channel.SMS, "granted", "preferences page")
    assert "Fell & Ridge" in (said.shown_text or "")


def test_some_news_only(client: FlaskClient, session: Session) -> None:
    url, customer = customer_of(session)
    client.post(url, data={"channels": ["email"], "how_much": "some", "meanings": ["delivered", "no_such_thing"]})
    session.expire_all()
    assert preferences.stored(customer).meanings == {Meaning.DELIVERED}


def test_form_of_another_site_changes_nothing(client: FlaskClient, session: Session) -> None:
    url, customer = customer_of(session)
    answer = client.post(url, data={"how_much": "trouble"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    session.expire_all()
    assert customer.preferences == {}


def test_one_click_unsubscribe_comes_from_the_mail_provider(client: FlaskClient, session: Session) -> None:
    _, customer = customer_of(session)
    url = f"/u/{customer.unsubscribe_token}"
    asked = client.get(url)
    assert 'method="post"' in asked.text
    headers = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
    for _ in range(2):
        answer = client.post(url, data={"List-Unsubscribe": "One-Click"}, headers=headers)
        assert answer.status_code == 200
    session.expire_all()
    assert Channel.EMAIL not in preferences.read(customer).channels
    assert count(session, Suppression) == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_unknown_unsubscribe_link_is_polite(client: FlaskClient, session: Session, method: str) -> None:
    customer_of(session)
    assert getattr(client, method)("/u/nothing").status_code == 404


def test_every_meaning_has_words() -> None:
    assert set(MEANING_WORDS) == set(Meaning)


def test_products_below_emails_can_be_refused_and_asked_for_again(client: FlaskClient, session: Session) -> None:
    url, customer = customer_of(session)
    store = session.get_one(Store, customer.store_id)
    store.policies = {**store.policies, "email_offers": "unless_refused"}
    session.commit()
    asked = {"channels": ["email"], "how_much": "all", "asks_offers": "1"}
    assert 'name="offers" value="1" checked' in client.get(url).text
    client.post(url, data=asked)
    page = client.get(url).text
    assert 'name="offers" value="1">' in page
    assert 'value="email" checked' in page
    said = session.scalars(select(Consent).where(Consent.purpose == Purpose.MARKETING)).one()
    assert (said.state, said.channel) == (ConsentState.REVOKED, Channel.EMAIL)
    assert said.shown_text == f"Products from {store.name} below the news, when the news is good"
    session.commit()
    client.post(url, data={**asked, "offers": "1"})
    assert 'name="offers" value="1" checked' in client.get(url).text


def test_a_form_that_does_not_ask_changes_nothing_about_products(client: FlaskClient, session: Session) -> None:
    url, _ = customer_of(session)
    client.post(url, data={"channels": ["email"], "how_much": "all"})
    client.post(url, data={"channels": ["email"], "how_much": "all", "asks_offers": "1"})
    assert session.scalars(select(Consent).where(Consent.purpose == Purpose.MARKETING)).all() == []


def test_a_store_that_sends_no_products_does_not_ask(client: FlaskClient, session: Session) -> None:
    url, customer = customer_of(session)
    store = session.get_one(Store, customer.store_id)
    store.policies = {**store.policies, "email_offers": "never"}
    session.commit()
    assert "offers" not in client.get(url).text
