"""A mail server of a test's own: takes mails on a port of this machine, or refuses them as it is told."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class Sink(socketserver.ThreadingTCPServer):
    """What came is in `mails`; `says` has another answer for a command (`RCPT`), "" hangs up instead."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.says: dict[str, str] = {}

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


@contextmanager
def mail_sink() -> Iterator[Sink]:
    with Sink() as sink:
        threading.Thread(target=sink.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield sink
        finally:
            sink.shutdown()


class _Talk(socketserver.StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        self._say("220 sink")
        while line := self.rfile.readline():
            command = line[:4].decode().strip().upper()
            answer = self.server.says.get(command, {"DATA": "354 go on", "QUIT": "221 bye"}.get(command, "250 ok"))
            if not answer:
                return
            self._say(answer)
            if command == "RCPT" and answer.startswith("250"):
                self.server.recipients.append(line.decode().split(":", 1)[1].strip("<> \r\n"))
            if command == "DATA" and answer.startswith("354") and not self._take():
                return

    def _take(self) -> bool:
        """Read a mail to its end; False where the line is to break then."""
        read = iter(self.rfile.readline, b".\r\n")
        data = b"".join(line.removeprefix(b".") for line in read)
        mail = message_from_bytes(data, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.server.mails.append(mail)
        answer = self.server.says.get(".", "250 taken")
        if answer:
            self._say(answer)
        return bool(answer)

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())
