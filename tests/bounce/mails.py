"""Mails that come back, as servers of many makes write them."""


def dsn(status: str = "5.1.1", words: str = "550 5.1.1 User unknown", action: str = "failed", **more: str) -> bytes:
    """A delivery status notification (RFC 3464) about one recipient, or `more["blocks"]` of them."""
    block = f"Final-Recipient: rfc822; jo@firm.example\r\nAction: {action}\r\nStatus: {status}\r\n"
    block += f"Diagnostic-Code: smtp; {words}\r\n" if words else ""
    kind = more.get("kind", "message/delivery-status")
    return f"""From: MAILER-DAEMON@mx.firm.example\r
To: bounce+x@news.acme.example\r
Subject: {more.get("subject", "Undelivered Mail Returned to Sender")}\r
Auto-Submitted: auto-replied\r
Message-ID: <dsn1@mx.firm.example>\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b=1"\r
\r
This is a MIME message.\r
--b=1\r
Content-Type: text/plain; charset=us-ascii\r
\r
Your mail could not be delivered.\r
--b=1\r
Content-Type: {kind}\r
\r
Reporting-MTA: dns; mx.firm.example\r
\r
{more.get("blocks", block)}\r
--b=1\r
Content-Type: message/rfc822\r
\r
{more.get("original", "Subject: Check the spindle")}\r
\r
Our spam policy: mailbox full, user unknown.\r
--b=1--\r
""".encode()


def plain(subject: str, text: str, sender: str = "MAILER-DAEMON@mx.firm.example", **fields: str) -> bytes:
    """A mail of one text."""
    head = {"From": sender, "Subject": subject, "Content-Type": "text/plain; charset=utf-8"}
    head |= {name.replace("_", "-"): value for name, value in fields.items()}
    lines = [f"{name}: {value}" for name, value in head.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + text).encode()
