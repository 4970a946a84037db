"""Every exception of requests and of the Twilio client has a meaning."""

import inspect
import ssl

import pytest
import requests
import twilio.base.exceptions
from requests import exceptions
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ProtocolError, ReadTimeoutError
from urllib3.exceptions import SSLError as PoolSSLError

from tracking.channels import sms
from tracking.channels._twilio_http import never_left
from tracking.channels.sms import Adapter, TwilioAccount
from tracking.platform.errors import UpstreamDown, UpstreamError, UpstreamTimeout

OF_REQUESTS = sorted(
    (
        found
        for found in vars(exceptions).values()
        if inspect.isclass(found) and issubclass(found, exceptions.RequestException)
    ),
    key=lambda found: found.__name__,
)
# raised while the request is put together or the connection is made; all others leave open what Twilio did
BEFORE_SENDING = {
    "ConnectTimeout",
    "InvalidHeader",
    "InvalidJSONError",
    "InvalidProxyURL",
    "InvalidSchema",
    "InvalidURL",
    "MissingSchema",
    "ProxyError",
    "URLRequired",
    "UnrewindableBodyError",
}
AFTER_SENDING = {
    "ChunkedEncodingError",
    "ConnectionError",
    "ContentDecodingError",
    "HTTPError",
    "JSONDecodeError",
    "ReadTimeout",
    "RequestException",
    "RetryError",
    "SSLError",
    "StreamConsumedError",
    "Timeout",
    "TooManyRedirects",
}


def raised(kind: type[requests.RequestException]) -> requests.RequestException:
    return kind("x", "y", 0) if kind is exceptions.JSONDecodeError else kind("x")


@pytest.mark.parametrize("kind", OF_REQUESTS, ids=lambda kind: kind.__name__)
def test_every_exception_of_requests_is_mapped(kind: type[requests.RequestException]) -> None:
    assert kind.__name__ in BEFORE_SENDING | AFTER_SENDING, "a new one: decide whether a message may have left"
    error = raised(kind)
    assert never_left(error) == (kind.__name__ in BEFORE_SENDING)
    expected = UpstreamDown if kind.__name__ in BEFORE_SENDING else UpstreamTimeout
    assert type(sms._unreached(error, creating=True)) is expected
    assert type(sms._unreached(error, creating=False)) is UpstreamDown


@pytest.mark.parametrize(
    ("reason", "left"),
    [
        (NewConnectionError(HTTPConnection("x.example"), "refused"), False),
        (ConnectTimeoutError(), False),
        (PoolSSLError(ssl.SSLCertVerificationError("self-signed")), False),
        (PoolSSLError(ssl.SSLEOFError("EOF in the middle")), True),
        (ProtocolError("Connection aborted.", ConnectionResetError()), True),
        (ReadTimeoutError(None, "/", "slow"), True),  # type: ignore[arg-type]
    ],
)
def test_connection_error_is_judged_by_its_reason(reason: Exception, left: bool) -> None:
    assert never_left(requests.ConnectionError(MaxRetryError(None, "/", reason))) == (not left)  # type: ignore[arg-type]


OF_TWILIO = {
    "TwilioException": lambda: twilio.base.exceptions.TwilioException("Unable to fetch page"),
    "TwilioRestException": lambda: twilio.base.exceptions.TwilioRestException(500, "/x", code=500),
    "TwilioServiceException": lambda: twilio.base.exceptions.TwilioServiceException("t", "title", 503, 20503),
}


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name, found in vars(twilio.base.exceptions).items()
        if inspect.isclass(found) and issubclass(found, twilio.base.exceptions.TwilioException)
    ),
)
@pytest.mark.parametrize(("creating", "expected"), [(True, UpstreamTimeout), (False, UpstreamDown)])
def test_every_exception_of_the_client_is_mapped(name: str, creating: bool, expected: type[UpstreamError]) -> None:
    assert name in OF_TWILIO, "a new one: decide what it means"
    adapter = Adapter(TwilioAccount("AC" + "0" * 32, "x"))
    assert type(adapter._translated(OF_TWILIO[name](), creating=creating)) is expected


@pytest.mark.parametrize("status", range(400, 600))
def test_every_status_is_mapped(status: int) -> None:
    adapter = Adapter(TwilioAccount("AC" + "0" * 32, "x"))
    error = twilio.base.exceptions.TwilioRestException(status, "/x", code=status)
    found = adapter._translated(error, creating=True)
    assert isinstance(found, UpstreamError)
    assert isinstance(found, UpstreamTimeout) == (status >= 500)
    assert found.detail_code in {"", None}
