"""Twilio's errors, with the sentences its documents give. Source: the error and warning dictionary, and the Messages
API description of 2026-04.
"""

from dataclasses import dataclass

MORE_INFO = "https://www.twilio.com/docs/errors/"

# code -> (HTTP status, message); {value} is what the caller sent
REFUSALS: dict[int, tuple[int, str]] = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource {value} was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    20008: (403, "Resource not accessible with Test Account Credentials"),
    20009: (409, "Cannot update or delete this resource before it is complete"),
    21211: (400, "Invalid 'To' Phone Number: {value}"),
    21212: (400, "Invalid 'From' Number: {value}"),
    21266: (400, "'To' and 'From' number cannot be the same: {value}"),
    21408: (400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {value}"),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' phone number is required"),
    21604: (400, "A 'To' phone number is required"),
    21606: (
        400,
        "The 'From' phone number provided ({value}) is not a valid message-capable Twilio phone number",
    ),
    21608: (400, "The number {value} is unverified. Trial accounts cannot send messages to unverified numbers"),
    21609: (400, "Invalid 'StatusCallback' URL: {value}"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (400, "This 'From' number has exceeded the maximum number of queued messages"),
    21612: (400, "Message cannot be sent with the current combination of 'To' and/or 'From' parameters"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21635: (400, "'To' number cannot be a landline"),
    21701: (400, "The Messaging Service does not exist: {value}"),
    30409: (400, "Message cannot be canceled: {value}"),
    30450: (400, "Message delivery blocked to protect against SMS pumping fraud"),
    35114: (400, "SendAt time must be between 15 minutes and 35 days in the future"),
    35118: (400, "MessagingServiceSid is required to schedule a message"),
}

# codes a message may end with after it was taken over; True: it never left ("failed"), False: "undelivered"
ENDINGS: dict[int, tuple[bool, str]] = {
    30001: (True, "Queue overflow"),
    30002: (True, "Account suspended"),
    30003: (False, "Unreachable destination handset"),
    30004: (False, "Message blocked"),
    30005: (False, "Unknown destination handset"),
    30006: (False, "Landline or unreachable carrier"),
    30007: (False, "Message filtered"),
    30008: (False, "Unknown error"),
    30034: (True, "US A2P 10DLC - Message from an Unregistered Number"),
    30036: (True, "Validity Period Expired"),
    30450: (True, "Message delivery blocked to protect against SMS pumping fraud"),
    30610: (True, "Message blocked by quiet hours"),
    30640: (True, "Recipient is a known litigator"),
    63016: (True, "Failed to send freeform message because you are outside the allowed window"),
    63036: (True, "The RCS recipient is unreachable"),
}


@dataclass
class ApiError(Exception):
    """An answer Twilio gives instead of a message. `retry_after` in seconds."""

    code: int
    value: str = ""
    retry_after: int | None = None

    @property
    def status(self) -> int:
        """HTTP status."""
        return REFUSALS.get(self.code, (400, ""))[0]

    def body(self) -> dict[str, object]:
        """As the API words it."""
        message = REFUSALS.get(self.code, (400, "Error"))[1].format(value=self.value)
        return {"code": self.code, "message": message, "more_info": f"{MORE_INFO}{self.code}", "status": self.status}
