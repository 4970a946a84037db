"""The mailbox of everybody: what arrived by SMTP, to read in a browser or as JSON.

/_sandbox/mail               a list; `?to=` filters, `?format=json` or Accept for JSON; DELETE empties it
/_sandbox/mail/<id>          one mail: HTML in a sandboxed frame, text, headers, source
/_sandbox/mail/<id>.json     headers, text and HTML
/_sandbox/mail/<id>.html     the HTML alone, for the frame
/_sandbox/mail/<id>.eml      the bytes
/_sandbox/mail/faults        GET, POST, DELETE: what goes wrong
"""

import re

from flask import Blueprint, Response, abort, jsonify, request

from tracking.sandbox import _pages
from tracking.sandbox._mails import Mail
from tracking.sandbox.smtp import mishaps_of
from tracking.sandbox.state import State

_SHOWN = 200
_VIEWS = (("html", "Mail"), ("text", "Text"), ("headers", "Headers"), ("source", "Source"))
# the mail's own pictures come from the shop that runs beside this sandbox; nothing else is asked, nothing runs
_FRAME_CSP = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data: http://127.0.0.1:* http://localhost:*; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)


def blueprint(state: State) -> Blueprint:
    """The routes, over `state.mail`."""
    routes = Blueprint("mailbox", __name__)
    _pages.add_faults(routes, "/_sandbox/mail/faults", mishaps_of(state))

    def get(mail_id: int) -> Mail:
        found: Mail | None = state.mail.find(lambda mail: mail.id == mail_id)
        if found is None:
            abort(404)
        return found

    def shown(open_: Mail | None) -> Response:
        to = request.args.get("to", "").strip()
        kept = _to(state, to)
        view = request.args.get("view", "") if request.args.get("view") in dict(_VIEWS) else ""
        return _pages.page(
            "sandbox_mail.html",
            frames=True,
            mails=kept[: -_SHOWN - 1 : -1],
            total=len(kept),
            to=to,
            open=open_,
            view=view or ("html" if open_ and open_.html else "text"),
            views=[row for row in _VIEWS if row[0] != "html" or (open_ and open_.html)],
            smtp_url=state.smtp_url,
        )

    @routes.get("/_sandbox/mail")
    def mails() -> Response:
        kept = _to(state, request.args.get("to", "").strip())
        if _pages.wants_json():
            limit = request.args.get("limit", "")
            most = min(int(limit), 20_000) if limit.isdecimal() and len(limit) < 7 else 1000
            return jsonify(
                {"total": len(kept), "mails": [mail.facts() for mail in kept[len(kept) - min(most, len(kept)) :]]}
            )
        return shown(kept[-1] if kept else None)

    @routes.delete("/_sandbox/mail")
    def forget_mails() -> Response:
        state.mail.clear()
        return Response(status=204)

    @routes.get("/_sandbox/mail/<int:mail_id>")
    def read(mail_id: int) -> Response:
        return shown(get(mail_id))

    @routes.get("/_sandbox/mail/<int:mail_id>.json")
    def read_json(mail_id: int) -> Response:
        return jsonify(get(mail_id).facts(whole=True))

    @routes.get("/_sandbox/mail/<int:mail_id>.eml")
    def read_source(mail_id: int) -> Response:
        answer = Response(get(mail_id).raw, content_type="message/rfc822")
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    @routes.get("/_sandbox/mail/<int:mail_id>.html")
    def read_html(mail_id: int) -> Response:
        answer = Response(_for_frame(get(mail_id).html), content_type="text/html; charset=utf-8")
        answer.headers["Content-Security-Policy"] = _FRAME_CSP
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer

    return routes


def _to(state: State, to: str) -> list[Mail]:
    """Mails to a recipient, or all, oldest first."""
    wanted = to.lower()
    return [mail for mail in state.mail if not wanted or any(wanted in address.lower() for address in mail.recipients)]


def _for_frame(html: str) -> str:
    """The mail's HTML with its links opening outside of the frame. The header, not this, keeps it harmless."""
    base = '<base target="_blank">'
    found = re.search(r"<head[^>]*>", html, re.IGNORECASE)
    return html[: found.end()] + base + html[found.end() :] if found else base + html
