"""A mail server on a free port of the loopback, which it prints; then a line of JSON for each mail that it takes.

usage: smtp_server.py [certificate key [user password]]

With a certificate it offers STARTTLS, and with a user takes mail only after a login, which it offers only after STARTTLS.
"""

import asyncio
import json
import ssl
import sys
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": [[name, str(value)] for name, value in mail.items()],
            "text": mail.get_body(("plain",)).get_content().replace("\r\n", "\n"),
            "html": mail.get_body(("html",)).get_content().replace("\r\n", "\n"),
            "is_tls": session.ssl is not None,
            "is_signed_in": session.authenticated,
        }
        print(json.dumps(told), flush=True)
        return "250 OK"


async def main(certificate=None, key=None, user=None, password=None):
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)

    def authenticate(server, session, envelope, mechanism, data):
        is_right = (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=is_right, handled=False)

    def make():
        return SMTP(
            Handler(),
            hostname="localhost",
            tls_context=context,
            authenticator=authenticate if user else None,
            auth_required=bool(user),
        )

    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
