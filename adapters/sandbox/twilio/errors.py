"""What Twilio answers when it refuses: a code, a sentence, a page to read and a status."""

from __future__ import annotations

import json

from flask import Response

MORE_INFO = "https://www.twilio.com/docs/errors/{code}"

# Twilio's error dictionary, https://www.twilio.com/docs/api/errors: code -> (status, sentence).
CATALOGUE: dict[int, tuple[int, str]] = {
    20001: (400, "Unknown or malformed parameter: {detail}"),
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource {detail} was not found"),
    21201: (400, "No 'To' number specified"),
    21205: (400, "Url parameter is invalid: {detail}"),
    21210: (400, "'From' phone number not verified: {detail}"),
    21211: (400, "Invalid 'To' Phone Number: {detail}"),
    21213: (400, "No 'From' number specified"),
    21220: (400, "Call is not in-progress. Cannot redirect."),
    21266: (400, "'To' and 'From' number cannot be the same: {detail}"),
    21408: (
        400,
        "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    ),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number {detail} is not a valid message-capable Twilio phone number."),
    21609: (400, "The 'StatusCallback' URL {detail} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21612: (400, "Message cannot be sent with the current combination of 'To' and/or 'From' parameters"),
    21614: (400, "'To' number is not a valid mobile number: {detail}"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21655: (400, "The ContentSid {detail} is invalid"),
    21701: (404, "The Messaging Service {detail} does not exist"),
    35118: (400, "MessagingServiceSid is required to schedule a message"),
}


class TwilioError(Exception):
    """A request Twilio refuses; nothing was executed."""

    def __init__(self, code: int, detail: str = "") -> None:
        status, sentence = CATALOGUE[code]
        super().__init__(sentence.format(detail=detail))
        self.code = code
        self.status = status

    def answer(self) -> Response:
        """The body Twilio sends: `{code, message, more_info, status}`."""
        body = {
            "code": self.code,
            "message": str(self),
            "more_info": MORE_INFO.format(code=self.code),
            "status": self.status,
        }
        return Response(json.dumps(body), status=self.status, mimetype="application/json")
