"""The words and parameters of Twilio's webhooks: status callbacks, inbound messages, opt-out keywords.

Source: "Outbound message status in status callbacks", "Webhook request", "SMS STOP filtering", read 2026-11.
"""

from tracking.sandbox._twilio_errors import ENDINGS
from tracking.sandbox._twilio_messages import API_VERSION, Message, Step

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})
ANSWERS = {
    "STOP": (
        "You have successfully been unsubscribed. You will not receive any more messages from this number. "
        "Reply START to resubscribe."
    ),
    "START": (
        "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
        "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
    ),
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


def keyword(text: str) -> str:
    """STOP, START or HELP if the whole text is one of their words, else ""."""
    word = text.strip().upper()
    for name, words in (("STOP", STOP_WORDS), ("START", START_WORDS), ("HELP", HELP_WORDS)):
        if word in words:
            return name
    return ""


def status(message: Message, step: Step) -> dict[str, str]:
    """What a status callback says."""
    params = {
        "AccountSid": message.account_sid,
        "ApiVersion": API_VERSION,
        "From": message.sender,
        "MessageSid": message.sid,
        "MessageStatus": step.status,
        "SmsSid": message.sid,
        "SmsStatus": step.status,
        "To": message.to,
    }
    if message.service_sid:
        params["MessagingServiceSid"] = message.service_sid
    if step.code is not None:
        params["ErrorCode"] = str(step.code)
        if step.code in ENDINGS:
            params["ErrorMessage"] = ENDINGS[step.code][1]
    if step.status in {"delivered", "undelivered"}:
        params["RawDlrDoneDate"] = step.at.strftime("%y%m%d%H%M")
    return params


def inbound(message: Message) -> dict[str, str]:
    """What the webhook of an inbound message says."""
    params = {
        "AccountSid": message.account_sid,
        "ApiVersion": API_VERSION,
        "Body": message.text,
        "From": message.sender,
        "MessageSid": message.sid,
        "NumMedia": "0",
        "NumSegments": str(message.segments),
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "To": message.to,
    }
    params |= {f"{end}{part}": "" for end in ("From", "To") for part in ("City", "State", "Zip", "Country")}
    if message.service_sid:
        params["MessagingServiceSid"] = message.service_sid
    if message.opt_out_type:
        params["OptOutType"] = message.opt_out_type
    return params
