"""Twilio's error codes → what they say and what to do. A code that is not here ends its message and is never resent.

Source: error and warning dictionary, pages of the codes, Messages guides, read 2026-11. Codes marked * are known from
secondary sources only.
"""

from tracking.channels._base import About, Again, Failure

_TABLE: tuple[tuple[str, About, Again, str], ...] = (
    # refused at once
    ("20003", About.CONFIG, Again.NEVER, "Twilio does not accept our account SID or auth token."),
    ("20008", About.CONFIG, Again.NEVER, "These are test credentials; they send nothing."),
    ("20404", About.CONFIG, Again.NEVER, "Twilio does not know this account or resource."),
    ("20429", About.SERVICE, Again.MUCH_LATER, "Too many calls at once; this one was not carried out."),
    ("21211", About.BAD_ADDRESS, Again.NEVER, "This is not a phone number."),
    ("21212", About.CONFIG, Again.NEVER, "The sender is not a number or name Twilio can use."),
    ("21266", About.CONFIG, Again.NEVER, "Sender and recipient are the same number."),
    ("21408", About.CONFIG, Again.NEVER, "Sending to this country is not switched on for the account."),
    ("21602", About.CONTENT, Again.NEVER, "The message has no text."),
    ("21603", About.CONFIG, Again.NEVER, "No sender is set."),
    ("21604", About.BAD_ADDRESS, Again.NEVER, "The message has no recipient."),
    ("21606", About.CONFIG, Again.NEVER, "The sender does not belong to the account, or cannot send SMS."),
    ("21608", About.CONFIG, Again.NEVER, "A trial account sends to verified numbers only."),
    ("21609", About.CONFIG, Again.NEVER, "Twilio cannot use our address for status reports."),
    ("21610", About.OPTED_OUT, Again.NEVER, "The recipient has replied STOP."),
    ("21611", About.SERVICE, Again.MUCH_LATER, "The sender's queue at Twilio is full, ten hours' worth."),
    ("21612", About.CONFIG, Again.NEVER, "There is no route from this sender to this number."),
    ("21614", About.NOT_MOBILE, Again.NEVER, "This number cannot receive SMS."),
    ("21617", About.CONTENT, Again.NEVER, "The text is longer than 1,600 characters."),  # *
    ("21635", About.NOT_MOBILE, Again.NEVER, "This number is a landline."),
    ("21664", About.CONFIG, Again.NEVER, "The fallback sender is used wrongly."),
    ("21666", About.CONFIG, Again.NEVER, "The fallback sender is used wrongly."),
    ("21667", About.CONFIG, Again.NEVER, "The fallback sender is used wrongly."),
    ("21701", About.CONFIG, Again.NEVER, "Twilio does not know the Messaging Service."),  # *
    ("21703", About.CONFIG, Again.NEVER, "The Messaging Service has no sender."),  # *
    # reported later
    ("30001", About.SERVICE, Again.MUCH_LATER, "The queue at Twilio overflowed."),
    ("30002", About.CONFIG, Again.NEVER, "The Twilio account is suspended."),  # *
    ("30003", About.UNREACHABLE, Again.ONCE, "The phone is switched off or out of coverage."),
    ("30004", About.SERVICE, Again.NEVER, "The message was blocked on its way."),
    ("30005", About.SUSPECT, Again.NEVER, "The network does not know this number."),
    ("30006", About.NOT_MOBILE, Again.NEVER, "This number is a landline, or its network cannot be reached."),
    ("30007", About.CONTENT, Again.NEVER, "The text was filtered as unwanted."),
    ("30008", About.UNKNOWN, Again.ONCE, "It did not arrive; nobody knows why."),
    ("30034", About.CONFIG, Again.NEVER, "The sender is not registered for the United States (10DLC)."),
    ("30036", About.SERVICE, Again.IF_USEFUL, "It waited too long at Twilio."),
    ("30450", About.SERVICE, Again.NEVER, "Blocked by the protection against SMS pumping."),
    ("30610", About.SERVICE, Again.NEXT_WINDOW, "Blocked by Twilio's quiet hours."),
    ("30640", About.OPTED_OUT, Again.NEVER, "Twilio lists the recipient as someone who must not be written to."),
    ("63016", About.CONTENT, Again.NEVER, "Outside the 24-hour window only a template may be sent."),  # *
    ("63036", About.UNREACHABLE, Again.IF_USEFUL, "The phone cannot be reached by RCS."),
)

CODES: dict[str, Failure] = {code: Failure(code, about, again, meaning) for code, about, again, meaning in _TABLE}


def failure(code: str | int | None) -> Failure:
    """What a code says. Unknown ones, and none at all, are final for their message."""
    text = "" if code is None else str(code).strip()[:12]
    return CODES.get(text) or Failure(text, About.UNKNOWN, Again.NEVER, "Twilio gives a code we do not know.")
