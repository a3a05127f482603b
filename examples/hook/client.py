#!/usr/bin/env python3
"""Asks fritext before a text is saved. Standard library only.

    from client import Fritext
    answer = Fritext("/run/fritext/hook.sock").check("Har adhd", system="vklass", field="kommentar")
    if not answer.may_be_saved: show(answer.messages, answer.suggested_text)
"""

import http.client
import json
import socket
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    verdict: str
    messages: list[str]
    suggested_text: str | None
    checked: bool = True

    @property
    def may_be_saved(self) -> bool:
        return self.verdict in ("allow", "flag")


class Fritext:
    """`place` is the path of the Unix socket, or host:port. Without an answer in time `on_failure` holds."""

    def __init__(self, place, token=None, timeout=0.1, on_failure="block"):
        self.place, self.token, self.timeout, self.on_failure = place, token, timeout, on_failure

    def check(self, text, system=None, field=None, lang=None, locale=None) -> Answer:
        record = {"system": system, "field": field, "lang": lang, "text": text}
        try:
            answer = self.ask("/v1/check", record, locale)
        except (OSError, http.client.HTTPException, ValueError):
            return Answer(self.on_failure, [], None, checked=False)
        told = [f["message"] for f in answer["findings"] if f["action"] != "allow" and "message" in f]
        return Answer(answer["verdict"], list(dict.fromkeys(told)), answer.get("suggested_text"))

    def ask(self, path, question, locale=None) -> dict:
        """One record, or {"records": [...]}; raises OSError if there is no good answer."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if locale:
            headers["Accept-Language"] = locale
        connection = self.connect()
        try:
            connection.request("POST", path, json.dumps(question), headers)
            response = connection.getresponse()
            body = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise OSError(f"{response.status}: {body.get('detail') or body.get('title')}")
        return body

    def connect(self):
        if not self.place.startswith("/"):
            return http.client.HTTPConnection(self.place, timeout=self.timeout)
        connection = http.client.HTTPConnection("localhost", timeout=self.timeout)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(self.timeout)
        connection.sock.connect(self.place)
        return connection


if __name__ == "__main__":
    place, system, field = sys.argv[1:4]
    answer = Fritext(place, timeout=1).check(sys.stdin.read(), system, field)
    print(answer.verdict, *answer.messages, sep="\n")
    sys.exit(0 if answer.may_be_saved else 1)
