"""The one port: pages, static files, limits, health and metrics over real HTTP."""

import http.client
import json
import socket
import threading

import pytest

from opora.config.live.streams import Streams
from tests.runs.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(installation):
    installation.up()
    yield installation
    installation.end()
    installation.process = None


def ask(site, method: str, path: str, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def test_it_answers_pages_with_a_mark_of_the_request(site):
    first, _ = ask(site, "GET", "/sign-in/")
    second, _ = ask(site, "GET", "/sign-in/", headers={"X-Request-ID": "forged"})
    assert first.status == second.status == 200
    assert len({first.headers["x-request-id"], second.headers["x-request-id"], "forged"}) == 3


def test_it_keeps_hashed_files_for_ever_and_others_for_minutes(site):
    from opora.config.http.static import _is_hashed

    page = ask(site, "GET", "/sign-in/")[1].decode()
    found = sorted(
        {part.split('"')[0] for part in page.replace("#", chr(34)).split('="')[1:] if part.startswith("/static/")}
    )
    assert found, "the page names its files"
    for path in found:
        answer, body = ask(site, "GET", path.split("?")[0])
        assert answer.status == 200, path
        assert body
        assert ("immutable" in answer.headers["cache-control"]) == _is_hashed("", path.split("?")[0]), path


@pytest.mark.parametrize(
    ("path", "hashed"),
    [
        ("/static/dist/app.4f9a1c2b.js", True),
        ("/static/dist/app-4f9a1c2b3d.css", True),
        ("/static/dist/app.VSEIMLQK.js", True),
        ("/static/dist/app.js", False),
        ("/static/web/signature.svg", False),
        ("/static/web/my-settings.css", False),
    ],
)
def test_it_tells_a_hash_from_a_word(path, hashed):
    from opora.config.http.static import _is_hashed

    assert _is_hashed("", path) is hashed


def test_it_refuses_what_is_too_large_in_words_and_before_reading_it(site):
    headers = {"Content-Length": str(10**10), "Accept-Language": "ru"}
    with socket.create_connection(("127.0.0.1", site.port)) as line:
        lines = [f"{name}: {value}" for name, value in headers.items()]
        line.sendall("\r\n".join(["POST /sign-in/ HTTP/1.1", "Host: localhost", *lines, "", ""]).encode())
        said = line.makefile("rb").read().decode()
    assert said.startswith("HTTP/1.1 413 ")
    assert "Отправьте меньше" in said


def test_it_refuses_a_body_that_grows_beyond_the_limit_without_saying_so(site):
    def pieces():
        for _ in range(40):
            yield b"x" * 1024 * 1024

    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    try:
        connection.request("POST", "/sign-in/", pieces(), {"Host": "localhost"}, encode_chunked=True)
        status = connection.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        status = 413
    assert status == 413
    assert site.get("/healthz")[0] == 200


def test_half_a_body_takes_no_thread(site):
    lines = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(20)]
    try:
        for line in lines:
            line.sendall(b"POST /sign-in/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf")
        assert site.get("/sign-in/")[0] == 200
    finally:
        for line in lines:
            line.close()


def test_many_at_once_are_answered_or_told_to_come_again(site):
    statuses = []

    def visit():
        statuses.append(site.get("/sign-in/")[0])

    visitors = [threading.Thread(target=visit) for _ in range(40)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert len(statuses) == 40
    assert set(statuses) <= {200, 503}
    assert 200 in statuses


def test_it_says_that_it_lives_and_is_ready(site):
    assert json.loads(site.get("/healthz")[1]) == {"alive": True}
    status, text = site.get("/readyz?all=1")
    assert status == 200
    assert json.loads(text) == {"ready": True, "database": "ok", "migrated": "ok", "worker": "ok", "mail": "ok"}


def test_it_counts_pages_by_view_and_never_by_path(site):
    ask(site, "GET", "/requests/4711")
    text = site.get("/metrics")[1]
    assert 'opora_requests_total{method="GET"' in text
    assert "4711" not in text
    for name in (
        "opora_request_seconds_bucket",
        "opora_deliveries_waiting",
        "opora_clocks_late_seconds",
        "opora_letters_waiting",
        'opora_outbox{state="queued"}',
        "opora_live_tabs",
        "opora_pool_size",
        'opora_loop_done_total{loop="deliver events"',
        'opora_processes{kind="worker"} 1.0',
    ):
        assert name in text, name


def test_metrics_are_for_this_machine_only(site):
    answer, body = ask(site, "GET", "/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status == 404, "a trusted proxy says that the caller is from elsewhere"
    assert b"opora_requests" not in body


def test_a_forged_scheme_is_not_believed_by_the_pages(site):
    answer, _ = ask(site, "GET", "/sign-in/", headers={"X-Forwarded-Host": "evil.example"})
    assert answer.status == 200
    assert "evil" not in str(answer.headers)


def test_a_stranger_gets_no_stream_and_other_live_addresses_are_not_there(site):
    assert ask(site, "GET", "/live/events")[0].status == 401
    assert ask(site, "GET", "/live/elsewhere")[0].status == 404
    assert ask(site, "POST", "/live/events")[0].status == 404
    assert ask(site, "POST", "/live/presence", "{}")[0].status == 400


def test_stopping_ends_the_streams_at_once():
    streams = Streams()
    streams.end()
    assert streams.count() == 0


def test_it_logs_requests_that_failed_with_their_mark(site):
    answer, _ = ask(site, "GET", "/there/is/nothing")
    wait_until(lambda: answer.headers["x-request-id"] in site.said(), "the log names the request")
