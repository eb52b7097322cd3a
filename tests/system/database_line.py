"""A line to a PostgreSQL server that a test can cut at any message.

It listens on a socket of its own, knows where a message ends, and hands each on. A `Fault` names a
session, a direction and a message; what it does is done instead of handing that one on."""

import os
import signal
import socket
import struct
import threading

SOCKET = ".s.PGSQL.5432"
TO_SERVER, TO_CLIENT = "to server", "to client"


class Fault:
    """Done once, at message `number` of a direction of a session, all counted from 0; messages from the
    one on that the line counts from.

    cut: both ends see the line closed. silent: nothing is handed on from here, and the server sees
    no end of it until `restore`. kill_client: whoever is at the other end gets SIGKILL. A function is
    called, and then the message is handed on."""

    def __init__(self, session, direction, number, act):
        self.session, self.direction, self.number, self.act = session, direction, number, act
        self.was_met = False

    def __str__(self):
        act = self.act if isinstance(self.act, str) else self.act.__name__
        return f"{act}, session {self.session}, message {self.number} {self.direction}"


class Session:
    def __init__(self, number, client, server):
        self.number = number
        self.client, self.server = client, server
        self.messages = {TO_SERVER: [], TO_CLIENT: []}
        self.first = {TO_SERVER: 0, TO_CLIENT: 0}  # what is counted from
        self.is_silent = False

    def close(self):
        for end in (self.client, self.server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def kill_client(self):
        pid = struct.unpack("3i", self.client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
        os.kill(pid, signal.SIGKILL)

    def says(self, text):
        return any(text in message for message in self.messages[TO_SERVER])


class Line:
    def __init__(self, folder, server_folder, counts_from=b""):
        """`counts_from`: what the client says there. Before that a client may ask as often as it likes."""
        self._counts_from = counts_from
        self._server = os.path.join(server_folder, SOCKET)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(os.path.join(folder, SOCKET))
        self._listener.listen()
        self._threads = []
        self.sessions, self.fault = [], None
        self._start(self._accept)

    def begin(self, fault=None):
        """From here on sessions are counted anew."""
        self.restore()
        self.sessions, self.fault = [], fault

    def restore(self):
        """Ends what a silent line holds open."""
        self.fault = None
        for session in self.sessions:
            session.close()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self.restore()
        for thread in self._threads:
            thread.join(30)
        self._listener.close()

    def _start(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self._server)
            except OSError:
                client.close()
                continue
            session = Session(len(self.sessions), client, server)
            self.sessions.append(session)
            self._start(self._hand_on, session, TO_SERVER, client, server)
            self._start(self._hand_on, session, TO_CLIENT, server, client)

    def _hand_on(self, session, direction, source, target):
        stream = source.makefile("rb")
        try:
            while True:
                message = read_message(stream, direction == TO_SERVER and not session.messages[direction])
                number = len(session.messages[direction])
                if direction == TO_SERVER and self._counts_from and self._counts_from in message:
                    session.first = {way: len(heard) for way, heard in session.messages.items()}
                session.messages[direction].append(message)
                if self._meets(session, direction, number):
                    if not self._break(session):
                        return
                if not session.is_silent:
                    target.sendall(message)
        except (OSError, EOFError):
            pass
        finally:
            stream.close()
            if not session.is_silent:
                session.close()
            source.close()

    def _meets(self, session, direction, number):
        fault = self.fault
        if fault is None or (fault.session, fault.direction, fault.number) != (
                session.number, direction, number - session.first[direction]):
            return False
        fault.was_met = True
        return True

    def _break(self, session):
        """Whether the message, and what follows, is handed on."""
        act = self.fault.act
        if act == "silent":
            session.is_silent = True
            return True
        if act == "kill_client":
            session.kill_client()
            return True
        if act == "cut":
            session.close()
            return False
        act()
        return True


def read_message(stream, is_first):
    """The first of a client has no type."""
    head = read_exactly(stream, 4 if is_first else 5)
    length = struct.unpack("!I", head[-4:])[0]
    return head + read_exactly(stream, length - 4)


def read_exactly(stream, count):
    data = stream.read(count)
    if len(data) != count:
        raise EOFError
    return data
