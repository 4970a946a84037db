"""The exchange: takes messages over, moves them along, reports on them, hears answers and keeps the opt-outs.

Source: Messages API and webhooks of Twilio, read 2026-11.
"""

import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime

from tracking.sandbox import _gsm, _twilio_params, _twilio_webhooks
from tracking.sandbox._twilio_dispatch import Dispatcher
from tracking.sandbox._twilio_errors import ApiError
from tracking.sandbox._twilio_messages import API_VERSION, QUEUE_LIMIT, Lanes, Message, Step, plan
from tracking.sandbox._twilio_rules import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    SERVICE_SID,
    TEST_ACCOUNT_SID,
    Account,
    Draft,
    Service,
    read,
)
from tracking.sandbox.mishaps import Mishaps
from tracking.sandbox.state import State

FAULTS = {
    "error": "create answers with Twilio's error `code`; nothing is stored",
    "too_many_requests": "create answers 429 / 20429 (Retry-After: `retry_after`); nothing is stored",
    "server_error": "create answers 500; nothing is stored",
    "server_error_after": "create stores the message, sends it, and answers 500",
    "timeout": "create waits `seconds` and hangs up; nothing is stored",
    "timeout_after": "create stores the message, sends it, waits `seconds` and hangs up",
    "hangup_after": "create stores the message, sends it, and hangs up at once",
    "garbage_after": "create stores the message, sends it, and answers 201 with HTML",
    "half_after": "create stores the message, sends it, and answers 201 with half of the JSON",
    "unlisted": "the message is delivered, but lists do not show it",
    "lookup_error": "list and fetch answer 500",
    "ends_with": "the message ends as failed or undelivered with `code` (30003 unless given)",
    "silent": "the network never confirms: `sent` is the last status",
    "callback_lost": "a status is not reported",
    "callback_twice": "a status is reported twice",
    "callback_reordered": "a status is reported after the one that follows it",
    "callback_forged": "a status is reported with a wrong signature",
}


class Exchange:
    """Everything Twilio knows in this sandbox. Every method is safe for threads."""

    def __init__(self, state: State, limit: int = 20_000) -> None:
        """Remember at most `limit` messages."""
        self.state = state
        self.mishaps = Mishaps("twilio", FAULTS)
        state.parts["twilio"] = self
        state.mishaps["twilio"] = self.mishaps
        self.dispatcher = Dispatcher(state.stopping)
        self.accounts = {
            ACCOUNT_SID: Account(ACCOUNT_SID, AUTH_TOKEN, services={SERVICE_SID: Service()}),
            TEST_ACCOUNT_SID: Account(TEST_ACCOUNT_SID, AUTH_TOKEN, is_test=True),
        }
        self._limit = limit
        self._messages: OrderedDict[str, Message] = OrderedDict()
        self._opted_out: set[tuple[str, str]] = set()
        self._lanes = Lanes()

    # REST

    def create(self, account: Account, form: Mapping[str, Sequence[str]]) -> Message:
        """Take a message over. raises ApiError as Twilio refuses"""
        now = self.state.now()
        draft = read(account, form, now)
        if self.is_opted_out(draft.to, draft.sender, draft.service_sid):
            raise ApiError(21610)
        with self.state.lock:
            if self._lanes.wait(draft.sender, now) > QUEUE_LIMIT:
                raise ApiError(21611)
            message = self._build(account, draft, now)
        if not account.is_test:
            self._keep(message)
            self._schedule(account, message, list(range(1, len(message.steps))))
        return message

    def find(self, account: Account, sid: str) -> Message:
        """A message by its sid. raises ApiError(20404)"""
        message = self._messages.get(sid)
        if message is None or message.deleted or message.account_sid != account.sid:
            raise ApiError(20404, f"/{API_VERSION}/Accounts/{account.sid}/Messages/{sid}.json")
        return message

    def listed(self, account: Account) -> list[Message]:
        """All of an account, newest first."""
        with self.state.lock:
            kept = list(self._messages.values())
        return [m for m in reversed(kept) if m.account_sid == account.sid and not m.deleted and not m.unlisted]

    def update(self, account: Account, sid: str, form: Mapping[str, str]) -> Message:
        """Redact (Body empty) or call back (Status=canceled). raises ApiError"""
        message, now = self.find(account, sid), self.state.now()
        if form.get("Status") == "canceled":
            if message.step(now).status != "scheduled":
                raise ApiError(30409, sid)
            message.steps = [message.steps[0], Step(now, "canceled")]
        if form.get("Body") == "":
            if not message.is_complete(now):
                raise ApiError(20009)
            message.body = ""
        return message

    def delete(self, account: Account, sid: str) -> None:
        """Remove from the API; the phone keeps what it got. raises ApiError"""
        message = self.find(account, sid)
        if not message.is_complete(self.state.now()):
            raise ApiError(20009)
        message.deleted = True

    # the phone's side

    def inbound(self, sender: str, to: str, text: str, *, url: str = "", account_sid: str = "") -> Message:
        """A phone answers: keywords are acted on, the webhook is called, its reply is sent.

        url  instead of the configured webhook
        """
        account = self.accounts[account_sid or ACCOUNT_SID]
        found = account.service_of(to)
        service_sid, service = found or ("", Service())
        now = self.state.now()
        message = Message(
            sid=_sid("SM"),
            account_sid=account.sid,
            direction="inbound",
            to=to,
            sender=sender,
            text=text,
            body=text,
            created_at=now,
            steps=[Step(now, "received")],
            service_sid=service_sid or None,
        )
        keyword = _twilio_params.keyword(text)
        message.opt_out_type = keyword if service.advanced_opt_out else ""
        self._keep(message)
        if keyword:
            self._act_on(account, message, keyword, service_sid)
        self._call_inbound(account, message, url or service.inbound_url or account.inbound_url)
        return message

    def phones(self) -> list[Message]:
        """Every message a phone sent, or that was meant for one, oldest first; deleted ones included."""
        with self.state.lock:
            return list(self._messages.values())

    def is_opted_out(self, to: str, sender: str, service_sid: str = "") -> bool:
        """Whether that phone said STOP to this sender or its service."""
        return (service_sid or sender, to) in self._opted_out

    def forget(self) -> None:
        """Start afresh; accounts stay."""
        self.dispatcher.clear()
        with self.state.lock:
            self._messages.clear()
            self._opted_out.clear()
            self._lanes = Lanes()
        self.state.messages.clear()
        self.mishaps.clear()

    # inside

    def _build(self, account: Account, draft: Draft, now: datetime) -> Message:
        sid = _sid("MM" if draft.media else "SM")
        ends = self.mishaps.take(("ends_with",), draft.to)
        steps = plan(
            first="scheduled" if draft.send_at else "accepted" if draft.service_sid else "queued",
            created_at=now,
            start=draft.send_at or self._lanes.take(draft.sender, now, max(1, _gsm.count(draft.text)[1])),
            ending=(ends.code or 30003) if ends else None,
            valid_for_s=draft.valid_for_s,
            sid=sid,
            silent=self.mishaps.take(("silent",), draft.to) is not None,
        )
        return Message(
            sid=sid,
            account_sid=account.sid,
            direction="outbound-api",
            to=draft.to,
            sender=draft.sender,
            text=draft.text,
            body=draft.text,
            created_at=now,
            # test credentials tell no story
            steps=steps[:1] if account.is_test else steps,
            service_sid=draft.service_sid or None,
            media=len(draft.media),
            callback=draft.callback,
            discard=draft.discard,
            obfuscate=draft.obfuscate,
            unlisted=self.mishaps.take(("unlisted",), draft.to) is not None,
        )

    def _keep(self, message: Message) -> None:
        with self.state.lock:
            self._messages[message.sid] = message
            while len(self._messages) > self._limit:
                self._messages.popitem(last=False)
        self.state.messages.add(message)

    def _schedule(self, account: Account, message: Message, ahead: list[int]) -> None:
        """Report the steps `ahead` one after the other, each when it is due."""
        if not ahead or not message.callback:
            return
        batch = ahead[:1]
        if len(ahead) > 1 and self.mishaps.take(("callback_reordered",), message.to):
            batch = [ahead[1], ahead[0]]
        due = max(message.steps[index].at for index in batch)

        def report() -> None:
            for index in batch:
                if index < len(message.steps):
                    self._report(account, message, message.steps[index])
            self._schedule(account, message, [i for i in ahead[len(batch) :] if i < len(message.steps)])

        self.dispatcher.at(due, report)

    def _report(self, account: Account, message: Message, step: Step) -> None:
        if self.mishaps.take(("callback_lost",), message.to):
            message.notes.append(f"{step.status}: report lost on purpose")
            return
        params = _twilio_params.status(message, step)
        forge = self.mishaps.take(("callback_forged",), message.to) is not None
        for _ in range(2 if self.mishaps.take(("callback_twice",), message.to) else 1):
            heard = _twilio_webhooks.post(message.callback, params, account.auth_token, forge=forge)
            message.notes.append(f"{step.status}: {heard.outcome}")

    def _act_on(self, account: Account, message: Message, keyword: str, service_sid: str) -> None:
        key = (service_sid or message.to, message.sender)
        with self.state.lock:
            if keyword == "STOP":
                self._opted_out.add(key)
            elif keyword == "START":
                self._opted_out.discard(key)
            elif key in self._opted_out:
                return
        self._reply(account, message, _twilio_params.ANSWERS[keyword])

    def _call_inbound(self, account: Account, message: Message, url: str) -> None:
        if not url:
            message.notes.append("no webhook is set for this number")
            return
        heard = _twilio_webhooks.post(url, _twilio_params.inbound(message), account.auth_token)
        message.notes.append(f"webhook: {heard.outcome}")
        if heard.status is None or heard.status // 100 != 2:
            message.notes.append("11200 HTTP retrieval failure")
            return
        try:
            texts = _twilio_webhooks.replies(heard.content_type, heard.body)
        except _twilio_webhooks.TwimlError as error:
            message.notes.append(str(error))
            return
        for text in texts:
            if self.is_opted_out(message.sender, message.to, message.service_sid or ""):
                message.notes.append("21610 a reply was not sent: the recipient has opted out")
            else:
                self._reply(account, message, text)

    def _reply(self, account: Account, message: Message, text: str) -> None:
        now, sid = self.state.now(), _sid("SM")
        self._keep(
            Message(
                sid=sid,
                account_sid=account.sid,
                direction="outbound-reply",
                to=message.sender,
                sender=message.to,
                text=text,
                body=text,
                created_at=now,
                steps=plan(first="queued", created_at=now, start=now, ending=None, sid=sid),
                service_sid=message.service_sid,
            )
        )


def _sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)
