"""The files of deploy/: every unit, proxy and container line is one that exists, and every command in the documents can be typed.

Where `systemd-analyze` and `nginx` are installed they judge too; the tables here are from systemd.exec(5), systemd.service(5),
systemd.unit(5) and nginx.org/en/docs.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from opora.config.cli import Parser, parser
from tests.docs.test_settings import names_documented
from tests.gateway.users import ASK, GROUPS, NUMBERS
from tests.laws.sources import CHECKOUT, tracked_files
from tests.unpacked import NotHere, unpacked

UNITS = sorted((CHECKOUT / "deploy/systemd").glob("*.service"))
PROXY = CHECKOUT / "deploy/nginx/opora.conf"
OPTIONS = {
    "Unit": {"Description", "After", "Wants"},
    "Service": {
        *("User", "Group", "EnvironmentFile", "Environment", "ExecStart", "StateDirectory", "StateDirectoryMode"),
        *("KillMode", "TimeoutStopSec", "Restart", "RestartSec", "NoNewPrivileges", "ProtectSystem", "ProtectHome"),
        *("PrivateTmp", "PrivateDevices", "ProtectKernelTunables", "ProtectControlGroups", "RestrictAddressFamilies"),
        *("SupplementaryGroups", "UMask", "ReadWritePaths", "PrivateNetwork"),
    },
    "Install": {"WantedBy"},
}
NGINX = Path(os.environ.get("OPORA_TEST_NGINX") or Path(tempfile.gettempdir()) / f"opora-nginx-{os.getuid()}")
DIRECTIVES = {
    *("upstream", "server", "keepalive", "listen", "server_name", "ssl_certificate", "ssl_certificate_key"),
    *("ssl_protocols", "client_max_body_size", "proxy_set_header", "proxy_http_version", "location", "allow", "deny"),
    *("proxy_pass", "proxy_buffering", "proxy_read_timeout", "return", "map", "default"),
}
COMMAND = re.compile(r"`(?:[^`\n]* )?(?:\S*bin/)?opora ((?:[a-z]+\b)[^`\n]*)`|^ {4}(?:bin/)?opora (.+)$", re.M)
HANDED_ON = ("manage", "verify")
"""Commands whose words go to a program of their own."""
HELD = Parser.error


def options_of(unit: str) -> list[tuple[str, str, str]]:
    """(section, option, value) of every line of a unit."""
    found, section = [], ""
    for line in unit.splitlines():
        if header := re.fullmatch(r"\[(\w+)\]", line):
            section = header[1]
        elif line and not line.startswith("#"):
            option, _, value = line.partition("=")
            found.append((section, option, value))
    return found


def unknown_options(unit: str) -> list[str]:
    return [f"[{s}] {option}" for s, option, _ in options_of(unit) if option not in OPTIONS.get(s, set())]


def unknown_directives(config: str) -> list[str]:
    """Words that begin a statement of nginx and are none of its directives; a missing end shows as one too."""
    bare = re.sub(r"#.*|\"[^\"]*\"", "", config)
    assert bare.count("{") == bare.count("}")
    words = [piece.split()[0] for piece in re.split(r"[;{}]", bare) if piece.split()]
    joined = [piece for piece in re.split(r"[;{}]", bare) if "\n" in piece.strip()]
    return [word for word in words if word not in DIRECTIVES] + joined


def misfits(words: list[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Why our command line would not take the words; empty when it does. In prose a command may go without its words."""

    def refuse(self: argparse.ArgumentParser, message: str) -> None:
        raise ValueError(message)

    monkeypatch.setattr(Parser, "error", refuse)
    if words[0] in HANDED_ON:
        words = words[:1]
    try:
        parser().parse_args(words)
    except ValueError as error:
        return "" if "arguments are required" in str(error) else str(error)
    finally:
        monkeypatch.setattr(Parser, "error", HELD)
    return ""


def documented() -> set[str]:
    return names_documented((CHECKOUT / "README.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_a_unit_uses_options_settings_and_commands_that_exist(unit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = unit.read_text(encoding="utf-8")
    assert unknown_options(text) == []
    for _, option, value in options_of(text):
        if option == "Environment":
            assert {pair.partition("=")[0] for pair in value.split()} <= documented()
        if option == "ExecStart":
            program, *words = shlex.split(value)
            assert program == "/opt/opora/bin/opora"
            assert misfits(words, monkeypatch) == ""


def test_there_is_a_unit_for_the_whole_and_for_each_part() -> None:
    commands = [
        value.split()[1] for unit in UNITS for _, option, value in options_of(unit.read_text()) if option == "ExecStart"
    ]
    assert sorted(commands) == ["gateway", "ledger", "mail", "signer", "up", "web", "worker"]


def test_the_gateways_units_are_the_users_whose_rights_were_tried() -> None:
    names = {NUMBERS[name]: f"opora-{name}" for name in ("gateway", "ledger", "signer")} | {ASK: "opora-ask"}
    for name in ("gateway", "ledger", "signer"):
        told = options_of((CHECKOUT / f"deploy/systemd/opora-{name}.service").read_text(encoding="utf-8"))
        values = {option: value for _, option, value in told}
        assert (values["User"], values["Group"]) == (f"opora-{name}", f"opora-{name}")
        assert set(values["SupplementaryGroups"].split()) == {names[number] for number in GROUPS[name]}
        assert (values["StateDirectory"], values["StateDirectoryMode"]) == (f"opora-gateway/{name}", "0711")
        files = {value for _, option, value in told if option == "EnvironmentFile"}
        assert ("/etc/opora/gateway-secret.env" in files) == (name == "gateway"), (
            "the secret is the desk's and the gateway's"
        )


@pytest.mark.parametrize("planted", ["[Service]\nExecStat=/bin/true\n", "[Servce]\nUser=opora\n"])
def test_it_reports_an_option_that_does_not_exist(planted: str) -> None:
    assert unknown_options(planted)


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_systemd_takes_the_unit(unit: Path, tmp_path: Path) -> None:
    judge = shutil.which("systemd-analyze")
    if judge is None:
        pytest.skip("systemd-analyze is not here; the options were compared with its manual's")
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text(encoding="utf-8").replace("/opt/opora/bin/opora", str(CHECKOUT / "bin/opora")))
    done = subprocess.run([judge, "verify", "--man=no", copy], capture_output=True, text=True, timeout=60, check=False)
    if "Failed to" in done.stderr and unit.name not in done.stderr:
        pytest.skip(f"systemd-analyze does not work here: {done.stderr.strip()[:200]}")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_proxy_uses_directives_that_exist() -> None:
    assert unknown_directives(PROXY.read_text(encoding="utf-8")) == []


def test_the_proxy_lets_websockets_through_where_they_are() -> None:
    live = re.search(r"location /live/ \{(.*?)\}", PROXY.read_text(encoding="utf-8"), re.S)
    assert live
    headers = dict(re.findall(r"proxy_set_header (\S+) (\S+);", live[1]))
    assert headers["Upgrade"] == "$http_upgrade"
    assert headers["Connection"] == "$opora_connection"
    assert {"Host", "X-Forwarded-For", "X-Forwarded-Proto"} <= headers.keys(), "headers of the server are not inherited"


@pytest.mark.parametrize("planted", ["server { lisen 443; }", "server { listen 443\n server_name x; }"])
def test_it_reports_a_directive_that_does_not_exist_or_does_not_end(planted: str) -> None:
    assert unknown_directives(planted)


def nginx_here() -> str:
    """nginx of this machine, or of Debian's package, unpacked. Raises NotHere."""
    found = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    return found or str(unpacked(NGINX, ("nginx",), holding=("usr/sbin/nginx",)) / "usr/sbin/nginx")


def test_nginx_takes_the_proxy_example(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not here; the directives were compared with nginx's manual")
    try:
        nginx = nginx_here()
    except NotHere as reason:
        pytest.skip(f"{reason}; the directives were compared with its manual's")
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=support.example.com", "-days", "2"]
    made += ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "fullchain.pem")]
    subprocess.run([openssl, *made], check=True, capture_output=True, timeout=60)
    example = PROXY.read_text(encoding="utf-8").replace("/etc/ssl/opora", str(tmp_path))
    whole = f"pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}} http {{ access_log off; {example} }}"
    (tmp_path / "nginx.conf").write_text(whole)
    done = subprocess.run([nginx, "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False)
    assert "syntax is ok" in done.stderr, done.stderr


def test_the_container_file_names_what_is_there() -> None:
    text = (CHECKOUT / "deploy/Containerfile").read_text(encoding="utf-8")
    settings = set(re.findall(r"\b(OPORA_[A-Z_]+)=", text.partition("\nFROM")[2]))
    assert settings and settings <= documented()
    assert set(re.findall(r"\bbin/\w+", text)) == {"bin/opora"}


def commands_in(text: str) -> list[str]:
    """The commands of ours that a document quotes, without brackets and dots; `opora session v1` names a format."""
    found = [first or second for first, second in COMMAND.findall(text)]
    plain = [re.sub(r"\[[^\]]*\]|\.\.\.|…|<[a-z]+>|\$\(.*?\)|\s#.*|\s[|>&].*", "", words).strip() for words in found]
    return [words for words in plain if words and not re.search(r"[,;:]| v\d$", words)]


def test_every_command_of_the_documents_can_be_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    quoted = {
        (str(page), command)
        for page in tracked_files(".md")
        for command in commands_in((CHECKOUT / page).read_text(encoding="utf-8"))
    }
    assert len(quoted) > 15
    wrong = {(page, command): misfits(shlex.split(command), monkeypatch) for page, command in quoted}
    assert {place: reason for place, reason in wrong.items() if reason} == {}


@pytest.mark.parametrize("planted", ["`bin/opora dance`", "`opora db exprt x`", "    bin/opora mail import --jsn x"])
def test_it_reports_a_command_that_cannot_be_typed(planted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (command,) = commands_in(planted)
    assert misfits(shlex.split(command), monkeypatch)
