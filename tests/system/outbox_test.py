"""Announcements to an endpoint and to a mail server: told once, again when they could not be, never in the
way of a run; their secrets stay theirs."""

import base64
import email
import email.policy
import http.server
import json
import os
import socketserver
import threading
import time
import unittest

import box

CANARY = "canary-5d0a77b1"
EVENTS = ("started", "done", "rolled_back", "stuck", "interrupted")


class Hook(http.server.ThreadingHTTPServer):
    """Takes what is posted; `answers` says what it answers to the next ones, a number or a wait."""

    daemon_threads = True

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), HookHandler)
        self.seen, self.answers = [], []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def stop(self):
        self.shutdown()
        self.server_close()


class HookHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, dict(self.headers), json.loads(body)))
        answer = self.server.answers.pop(0) if self.server.answers else 204
        if isinstance(answer, float):
            time.sleep(answer)
            answer = 200
        self.send_response(answer)
        if answer == 302:
            self.send_header("Location", f"http://127.0.0.1:{self.server.port}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Post(socketserver.ThreadingTCPServer):
    """As much of SMTP as a client asks for. `refused`: what it answers to DATA, by turns."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port=0, host="127.0.0.1"):
        super().__init__((host, port), PostHandler)
        self.mails, self.refused, self.logins = [], [], []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def stop(self):
        self.shutdown()
        self.server_close()


class PostHandler(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.say("220 here")
        sender, receivers = None, []
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            verb = line.split(" ")[0].split(":")[0].upper()
            if verb == "EHLO":
                self.say("250-here")
                self.say("250 AUTH PLAIN")
            elif verb == "AUTH":
                self.server.logins.append(line.split(" ")[2] if line.count(" ") > 1
                                          else self.asked())
                self.say("235 welcome")
            elif verb == "MAIL":
                sender = line.split("<")[1].split(">")[0]
                self.say("250 ok")
            elif verb == "RCPT":
                receivers.append(line.split("<")[1].split(">")[0])
                self.say("250 ok")
            elif verb == "DATA":
                self.take(sender, receivers)
                receivers = []
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("502 no")

    def asked(self):
        self.say("334 ")
        return self.rfile.readline().decode().strip()

    def take(self, sender, receivers):
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        if self.server.refused:
            self.say(self.server.refused.pop(0))
            return
        mail = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        self.server.mails.append((sender, receivers, mail))
        self.say("250 taken")


class Outbox(box.BoxTest):
    def setUp(self):
        super().setUp()
        self.servers = []
        for event in EVENTS:
            box.write(os.path.join(self.folder, f"payload/{event}.md"),
                      f"{event}: ${{product}} ${{from}} -> ${{to}} “${{event}}”\n${{why}}\n")
        box.write(os.path.join(self.host, "etc/token"), CANARY + "\n", 0o600)

    def tearDown(self):
        for server in self.servers:
            server.stop()
        super().tearDown()

    def serve(self, kind, port=0):
        server = kind(port)
        self.servers.append(server)
        return server

    def stop(self, server):
        self.servers.remove(server)
        server.stop()

    def write_spec(self, channel, verify='contains: "2.0.0"', wait=False):
        spec = box.SPEC.replace("import std.files",
                                "import std.channels\nimport std.credentials\nimport std.files")
        if not wait:
            spec = spec.replace('    wait_for_go("/usr/lib/box/wait", "/var/lib/box/went")\n', "")
        spec = spec.replace('contains: "2.0.0"', verify)
        spec = spec.replace("\nupgrade v", f"\nlet hook = {channel}\n\nupgrade v").rstrip()[:-1]
        box.write(self.spec, spec + "  announce to hook {\n"
                  + "".join(f'    {event} "payload/{event}.md"\n' for event in EVENTS) + "  }\n}\n")

    def write_hook(self, port, **more):
        self.write_spec(f'channels.http("http://127.0.0.1:{port}/in?a=b", '
                        f'token: credentials.file("/etc/token"))', **more)

    def write_mail(self, port, more=""):
        self.write_spec(f'channels.mail("smtp://127.0.0.1:{port}", from: "upgraph@box.test", '
                        f'to: ["anna@box.test", "ben@box.test"]{more})')

    def command(self, code, *words):
        more = [] if words[0] == "tick" else ["--yes", "--foreground"]
        result = self.run_program(*words, "--root", self.host, *more)
        self.assertEqual(result.code, code, result)
        self.assert_no_secret(result.out + result.err)
        return result.out + result.err

    def assert_no_secret(self, said):
        self.assertNotIn(CANARY, said)
        self.assert_in_no_file(CANARY, but="etc/token")

    def test_an_endpoint_is_told_each_event_once(self):
        hook = self.serve(Hook)
        self.write_hook(hook.port)
        self.command(0, "apply", "box.upg")
        report = json.loads(self.run_program("report", "--root", self.host, "--format", "json").out)
        self.assertEqual(hook.seen[-1][2]["journal_head"], report["journal_head"])
        self.command(0, "rollback")
        self.command(0, "tick")
        self.assertEqual([body["event"] for _, _, body in hook.seen],
                         ["started", "done", "rolled_back"])
        run = self.runs()[-1]["run"]
        for path, headers, body in hook.seen:
            self.assertEqual(path, "/in?a=b")
            self.assertEqual(headers["Authorization"], "Bearer " + CANARY)
            self.assertEqual(headers["Content-Type"], "application/json")
            self.assertEqual(headers["Idempotency-Key"], f"{run}.hook.{body['event']}")
            self.assertEqual("journal_head" in body, body["event"] != "started")
            self.assertEqual((body["key"], body["run"], body["product"], body["from"], body["to"]),
                             (headers["Idempotency-Key"], run, "box", "1.0.0", "2.0.0"))
        texts = [body["text"] for _, _, body in hook.seen]
        self.assertEqual(texts[0], "started: box 1.0.0 -> 2.0.0 “started”\n\n")
        self.assertIn("\nasked for after the commit\n", texts[2])
        report = self.run_program("report", "--root", self.host, "--format", "json")
        self.assertEqual([(one["event"], one["happened"], one["told"])
                          for one in json.loads(report.out)["announcements"]],
                         [("started", True, True), ("done", False, True),
                          ("rolled_back", True, True), ("stuck", False, False),
                          ("interrupted", False, False)])

    def test_what_fails_is_told_as_well(self):
        hook = self.serve(Hook)
        self.write_hook(hook.port, verify='contains: "never"')
        self.command(3, "apply", "box.upg")
        self.assertEqual([body["event"] for _, _, body in hook.seen], ["started", "rolled_back"])
        self.assertIn("verify/1", hook.seen[1][2]["text"])

    def test_a_server_that_is_down_and_comes_back(self):
        hook = self.serve(Hook)
        port = hook.port
        self.stop(hook)
        self.write_hook(port)
        said = self.command(0, "apply", "box.upg")
        self.assertIn("`hook` was not told of `started`", said)
        self.assertIn("`hook` was not told of `done`", said)
        self.assertEqual(self.release(), "2.0.0")
        self.assertIn("was not told", self.command(7, "tick"))
        hook = self.serve(Hook, port)
        self.command(0, "tick")
        self.command(0, "tick")
        self.assertEqual([body["event"] for _, _, body in hook.seen], ["started", "done"])

    def test_an_answer_of_500_is_no_answer(self):
        hook = self.serve(Hook)
        hook.answers = [500, 204, 302]
        self.write_hook(hook.port)
        said = self.command(0, "apply", "box.upg")
        # `started` was refused while the run went on, and taken at its end; `done` was sent elsewhere.
        self.assertIn("`hook` was not told of `done`", said)
        self.assertIn("answered 302", said)
        self.assertNotIn("`started`", said)
        hook.answers = [503]
        self.assertIn("answered 503", self.command(7, "tick"))
        self.command(0, "tick")
        keys = [headers["Idempotency-Key"].rsplit(".", 1)[1] for _, headers, _ in hook.seen]
        self.assertEqual(keys, ["started", "started", "done", "done", "done"])
        # Told again it is the same, to the letter.
        self.assertEqual(hook.seen[2][2], hook.seen[4][2])
        self.assertEqual({path for path, _, _ in hook.seen}, {"/in?a=b"})

    def test_a_slow_server_does_not_hold_a_run_up(self):
        hook = self.serve(Hook)
        hook.answers = [4.0]
        self.write_hook(hook.port, wait=True)
        process = self.start_program("apply", "box.upg", "--root", self.host, "--yes")
        self.wait_until(lambda: hook.seen, "it is told that it started")
        began = time.monotonic()
        self.wait_for_step()
        self.go()
        self.wait_until(lambda: self.release() == "2.0.0", "the last step")
        self.assertLess(time.monotonic() - began, 3.5)
        process.communicate(timeout=60)
        self.assertEqual([body["event"] for _, _, body in hook.seen], ["started", "done"])

    def test_each_interruption_is_told_once_by_who_finds_it(self):
        hook = self.serve(Hook)
        self.write_hook(hook.port, wait=True)
        # A runner that dies before it has written down that it was told tells it again, by its key.
        told = lambda: {body["key"]: body for _, _, body in hook.seen}
        events = lambda: [body["event"] for body in told().values()]
        for words in (("apply", "box.upg"), ("resume",)):
            process = self.start_program(*words, "--root", self.host, "--yes")
            self.wait_for_step()
            self.wait_until(lambda: len(events()) == (1 if words[0] == "apply" else 2), "it is told")
            self.kill_runner()
            process.communicate(timeout=60)
            self.remove_markers()
        self.assertEqual(events(), ["started", "interrupted"])
        self.go()
        self.command(0, "resume")
        self.command(0, "tick")
        self.assertEqual(events(), ["started", "interrupted", "interrupted", "done"])
        run = self.runs()[-1]["run"]
        for number in (1, 2):
            self.assertIn("a runner was cut off on the way forward, in `switch/2`",
                          told()[f"{run}.hook.interrupted.{number}"]["text"])
        report = json.loads(self.run_program("report", "--root", self.host, "--format", "json").out)
        self.assertIn({"to": "hook", "event": "interrupted", "happened": True, "told": True},
                      report["announcements"])

    def test_a_secret_that_is_not_there_stops_nothing(self):
        hook = self.serve(Hook)
        os.remove(os.path.join(self.host, "etc/token"))
        self.write_hook(hook.port)
        self.assertIn("was not told of `done`", self.command(0, "apply", "box.upg"))
        self.assertEqual((self.release(), hook.seen), ("2.0.0", []))

    def test_people_get_mails(self):
        post = self.serve(Post)
        self.write_mail(post.port)
        self.command(0, "apply", "box.upg")
        self.command(0, "tick")
        run = self.runs()[-1]["run"]
        self.assertEqual(len(post.mails), 2)
        for event, (sender, receivers, mail) in zip(("started", "done"), post.mails):
            self.assertEqual((sender, receivers),
                             ("upgraph@box.test", ["anna@box.test", "ben@box.test"]))
            self.assertEqual(mail["Subject"], f"box 1.0.0 -> 2.0.0: {event}")
            self.assertEqual(mail["Message-ID"], f"<{run}.hook.{event}@upgraph.invalid>")
            self.assertEqual(mail["To"], "anna@box.test, ben@box.test")
            self.assertIsNotNone(mail["Date"].datetime)
            self.assertEqual(mail.get_content(), f"{event}: box 1.0.0 -> 2.0.0 “{event}”\n\n")
        self.assertEqual(post.logins, [])

    def test_a_mail_server_that_refuses_and_one_that_wants_to_know_who_one_is(self):
        post = self.serve(Post)
        post.refused = ["451 later", "451 later"]
        self.write_mail(post.port, ', user: "box", password: credentials.file("/etc/token")')
        said = self.command(0, "apply", "box.upg")
        self.assertIn("`hook` was not told of `started`", said)
        self.assertNotIn("`done`", said)
        self.command(0, "tick")
        self.assertEqual([mail["Subject"].rsplit(" ", 1)[1] for _, _, mail in post.mails],
                         ["done", "started"])
        self.assertEqual({base64.b64decode(login) for login in post.logins},
                         {b"\0box\0" + CANARY.encode()})

    def test_a_password_goes_to_nobody_without_tls(self):
        # Another address of the same machine: the program cannot know that.
        post = Post(host="127.0.0.2")
        self.servers.append(post)
        self.write_spec(f'channels.mail("smtp://127.0.0.2:{post.port}", from: "upgraph@box.test", '
                        'to: ["anna@box.test"], user: "box", '
                        'password: credentials.file("/etc/token"))')
        self.assertIn("was not told of `done`", self.command(0, "apply", "box.upg"))
        self.assertEqual((post.logins, post.mails), ([], []))

    def test_a_runner_that_dies_before_it_has_an_answer_tells_it_again(self):
        hook = self.serve(Hook)
        hook.answers = [3.0]
        self.write_hook(hook.port, wait=True)
        process = self.start_program("apply", "box.upg", "--root", self.host, "--yes")
        self.wait_for_step()
        self.wait_until(lambda: hook.seen, "it is told that it started")
        self.kill_runner()
        process.communicate(timeout=30)
        self.go()
        self.command(0, "resume")
        self.assertEqual([body["event"] for _, _, body in hook.seen],
                         ["started", "started", "interrupted", "done"])
        self.assertEqual(hook.seen[0][1]["Idempotency-Key"], hook.seen[1][1]["Idempotency-Key"])
        self.assertEqual(hook.seen[0][2], hook.seen[1][2])

    def test_who_never_answers_is_given_up(self):
        hook = self.serve(Hook)
        hook.answers = [60.0, 60.0, 60.0]
        self.write_hook(hook.port)
        began = time.monotonic()
        said = self.command(0, "apply", "box.upg")
        self.assertIn("`hook` was not told of `started`", said)
        self.assertIn("`hook` was not told of `done`", said)
        self.assertLess(time.monotonic() - began, 45)
        self.assertEqual(self.release(), "2.0.0")

    def test_an_address_that_is_none(self):
        post = self.serve(Post)
        self.write_spec(f'channels.mail("smtp://127.0.0.1:{post.port}", from: "upgraph@box.test", '
                        'to: ["anna@box.test, eve@elsewhere.test"])')
        self.assertIn("is no address", self.command(0, "apply", "box.upg"))
        self.assertEqual(post.mails, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
