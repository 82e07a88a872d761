"""What is written to standard error: lines that can be printed, whatever a client, a file or a worker says."""

from __future__ import annotations

import json
import logging
import signal
import socket
from pathlib import Path
from urllib.parse import quote, unquote

import httpx

from otsgraph.cli import PrintableFormatter
from otsgraph_testing import listening_server, metrics_of, otsgraph, wait_until

ODD = ["%1b[2J", "%0aforged", "%c2%85", "%c2%9b1m", "%e2%80%ae", "%e2%80%a8", "%d8%9c", "%e2%81%a6", "%7f", "%00"]
"""A control, a line end, line separators, marks of direction and a DEL, as a client sends them."""


def lines_of(log: Path) -> list[str]:
    return log.read_bytes().decode().removesuffix("\n").split("\n")


def test_every_line_is_printable_ascii_whatever_the_path_and_the_query(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with listening_server("-vv", file=log) as server, httpx.Client(base_url=server.url) as client:
        for odd in ODD:
            client.get(f"/page/{odd}?kind={odd}")
            for _ in range(3):  # evaluated, then from the cache, then ready to be sent
                client.get(f"/sparql?query=ASK{{}}%23{odd.replace('%00', '')}")
            client.get("/", headers={b"User-Agent": unquote(odd).encode().replace(b"\n", b"").replace(b"\0", b"")})
    lines = lines_of(log)
    assert [line for line in lines if not (line.isascii() and line.isprintable())] == []
    requests = [json.loads(line) for line in lines if line.startswith("{")]
    assert [line["path"] for line in requests if line["path"].startswith("/page/")] == [
        f"/page/{unquote(odd)}" for odd in ODD
    ]
    assert {line["query"] for line in requests if "query" in line} >= {f"ASK{{}}#{unquote(odd)}" for odd in ODD[:-1]}
    assert not any(line.startswith("forged") for line in lines)


def test_the_client_of_a_proxy_is_logged_whichever_way_the_answer_takes(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with listening_server("-v", "--trusted-proxy", "127.0.0.1", file=log) as server:
        for forwarded in ("192.0.2.7", "2001:db8::7", "203.0.113.1, 192.0.2.9"):
            for _ in range(3):  # evaluated, then from the cache, then ready to be sent
                httpx.get(f"{server.url}/sparql?query=ASK{{}}", headers={"X-Forwarded-For": forwarded})
    clients = [json.loads(line)["client"] for line in lines_of(log) if line.startswith("{")]
    assert clients == [*["192.0.2.7"] * 3, *["2001:db8::7"] * 3, *["192.0.2.9"] * 3]


def test_who_is_not_behind_a_proxy_cannot_choose_its_name_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with listening_server("-v", file=log) as server:
        for _ in range(3):
            httpx.get(f"{server.url}/sparql?query=ASK{{}}", headers={"X-Forwarded-For": "192.0.2.7"})
    assert {json.loads(line)["client"] for line in lines_of(log) if line.startswith("{")} == {"127.0.0.1"}


def test_a_request_that_cannot_be_read_is_logged(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with listening_server("-v", file=log) as server, socket.socket() as client:
        client.settimeout(5)
        client.connect(("127.0.0.1", int(server.url.rsplit(":", 1)[1])))
        client.sendall(b"nonsense\r\n\r\n")
        assert client.recv(17) == b"HTTP/1.1 400 Bad "
    (line,) = [json.loads(line) for line in lines_of(log) if line.startswith("{")]
    assert (line["client"], line["status"]) == ("127.0.0.1", 400)


def test_a_reload_that_fails_tells_so_in_one_printable_line(tmp_path: Path) -> None:
    data, log = tmp_path / "data", tmp_path / "log"
    data.mkdir()
    (data / "good.ttl").write_text("<http://x/s> <http://x/p> 1 .")
    names = {
        "a\x1b[2Jb": "a\\u001b[2Jb",
        "a\nforged": "a\\u000aforged",
        "a\u202egpj": "a\\u202egpj",
        "a\x85b": "a\\u0085b",
    }
    with listening_server("--data", str(data), file=log) as server:
        for number, name in enumerate(names, 1):
            (data / f"{name}.ttl").write_text("no \x1b[2J \u202e Turtle")
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda number=number: metrics_of(server)["otsgraph_reloads_total", "failed"] == number)  # type: ignore[misc]
            (data / f"{name}.ttl").unlink()
    lines = lines_of(log)
    assert [line for line in lines if not line.isprintable()] == []
    told = [line.removeprefix("not reloaded, the dataset is the same as before: ") for line in lines[1:]]
    assert [line.partition(".ttl:")[0] for line in told] == list(names.values())


def test_a_command_that_fails_says_so_in_printable_lines(tmp_path: Path) -> None:
    odd = "\x1b[2J\u202e\x9bx\u2028y"
    good, bad = tmp_path / "good.ttl", tmp_path / f"a{odd}.ttl"
    good.write_text("<http://x/s> <http://x/p> 1 .")
    bad.write_text("no Turtle")
    for arguments in (
        ["SELECT " + odd, "--data", str(good)],
        ["ASK {}", "--data", str(bad)],
        ["--saved", "about", "-p", odd],
    ):
        done = otsgraph("query", *arguments)
        assert done.returncode != 0
        assert all(line.isprintable() for line in done.stderr.split("\n"))


def test_what_follows_the_first_line_of_an_event_is_indented() -> None:
    error = ValueError("a\n2026-01-01 WARNING forged\x1b[2J")
    record = logging.LogRecord("x", logging.ERROR, "", 0, "failed: %s", ("b\nc",), (ValueError, error, None))
    first, *more = PrintableFormatter("%(levelname)s %(message)s").format(record).split("\n")
    assert first == "ERROR failed: b"
    assert all(line.startswith("    ") and line.isprintable() for line in more)
    assert any("forged" in line for line in more)


def test_the_address_of_a_request_is_read_back_from_its_line(tmp_path: Path) -> None:
    """What is escaped is escaped as JSON does, so nothing is lost to who reads the log."""
    everything = "".join(map(chr, [*range(1, 0x100), 0x202E, 0xFFFF, 0x1F600]))
    log = tmp_path / "log"
    with listening_server("-v", file=log) as server:
        httpx.get(f"{server.url}/page/{quote(everything, safe='')}")
    (line,) = (json.loads(line) for line in lines_of(log) if line.startswith("{"))
    assert line["path"] == f"/page/{everything}"
