"""Real mail servers for the tests: Debian's Dovecot and Postfix, run as whoever runs the tests.

Nothing outside the folders given is touched; ports are free ones on loopback.
"""

import getpass
import grp
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.email.mail_programs import (
    IS_ROOT,
    NotHere,
    environment,
    free_port,
    inside,
    programs,
    wait_for,
    wait_for_greeting,
)
from tests.folders import passable_folder


@dataclass
class Dovecot:
    """An IMAP server with the mailboxes of whoever signs in with the password. Letters lie in maildirs below `folder`."""

    folder: Path
    introspection: str = ""
    password: str = "sesame-4711"
    port: int = field(default_factory=free_port)
    _process: "subprocess.Popen[bytes] | None" = None
    # Its sockets need short paths (sun_path holds 108 bytes), and a test's folder may have a long one.
    _sockets: str = ""

    def start(self) -> "Dovecot":
        """Run it. Raises TimeoutError with what it said."""
        root = programs()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sockets = tempfile.mkdtemp(prefix="dovecot-")
        Path(self._sockets).chmod(0o755)
        (self.folder / "dovecot.conf").write_text(self._configuration(root))
        (self.folder / "oauth2.conf").write_text(
            f"introspection_mode = post\nintrospection_url = {self.introspection or 'http://127.0.0.1:9/'}\n"
            "username_attribute = username\nactive_attribute = active\nactive_value = true\n"
        )
        self._process = subprocess.Popen(
            [
                *inside(root),
                *(str(root / "usr/bin/doveconf"), "-f", "service=master", "-m", "master"),
                *("-c", str(self.folder / "dovecot.conf")),
                *("-e", str(root / "usr/sbin/dovecot"), "-F", "-c", str(self.folder / "dovecot.conf")),
            ],
            env=environment(root),
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "errors").open("ab"),
            start_new_session=True,
        )
        try:
            wait_for_greeting(self.port, b"* OK")
        except TimeoutError as trouble:
            said = (self.folder / "log").read_text() if (self.folder / "log").exists() else ""
            raise TimeoutError(said + (self.folder / "errors").read_text()) from trouble
        return self

    def stop(self) -> None:
        """End it and everything it started."""
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)  # sessions outlive their master
            self._process.wait(10)
            self._process = None
        if self._sockets:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = ""

    def _configuration(self, root: Path) -> str:
        owner = pwd.getpwnam("nobody" if IS_ROOT else getpass.getuser())
        internal = "daemon" if IS_ROOT else owner.pw_name
        (self.folder / "mail").mkdir(exist_ok=True)
        os.chown(self.folder / "mail", owner.pw_uid, owner.pw_gid)
        return f"""
base_dir = {self._sockets}
state_dir = {self._sockets}
log_path = {self.folder}/log
libexec_dir = {root}/usr/lib/dovecot
login_plugin_dir = {root}/usr/lib/dovecot/modules/login
mail_plugin_dir = {root}/usr/lib/dovecot/modules
default_internal_user = {internal}
default_internal_group = {grp.getgrgid(pwd.getpwnam(internal).pw_gid).gr_name}
default_login_user = {owner.pw_name}
import_environment = LD_LIBRARY_PATH
first_valid_uid = 1
first_valid_gid = 0
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
mail_location = maildir:{self.folder}/mail/%u
mail_access_groups =
namespace inbox {{
  inbox = yes
  separator = /
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {self.folder}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={self.password}
}}
userdb {{
  driver = static
  args = uid={owner.pw_uid} gid={owner.pw_gid} home={self.folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@contextmanager
def running_dovecot(introspection: str = "") -> Iterator[Dovecot]:
    """A Dovecot in a folder of its own that its mail user can pass through; ended with the block."""
    with passable_folder() as folder:
        server = Dovecot(folder, introspection=introspection)
        try:
            yield server.start()
        finally:
            server.stop()


QUEUES = (
    *("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace"),
    *("maildrop", "public", "pid"),
)


@dataclass
class Postfix:
    """A mail server between everybody: our domain goes on to our listener, other domains into maildirs, and those that are
    `dead` do not exist. Needs root, for Postfix drops its rights to somebody else's."""

    folder: Path
    lmtp_port: int
    ours: tuple[str, ...] = ("opora.example",)
    mailboxes: tuple[str, ...] = ()
    maildirs: Path = Path("/nowhere")
    port: int = field(default_factory=free_port)
    _process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> "Postfix":
        """Run it. Raises NotHere without root, TimeoutError with what it said."""
        if not IS_ROOT:
            raise NotHere("Postfix needs root")
        root = programs()
        owner = pwd.getpwnam("nobody")
        configuration = self.folder / "etc"
        configuration.mkdir(parents=True, exist_ok=True)
        (self.folder / "data").mkdir(exist_ok=True)
        os.chown(self.folder / "data", owner.pw_uid, -1)
        queue = self.folder / "queue"
        queue.mkdir(exist_ok=True)
        group = grp.getgrnam("mail").gr_gid
        for name in QUEUES:
            (queue / name).mkdir(exist_ok=True)
            os.chown(
                queue / name, 0 if name == "pid" else owner.pw_uid, group if name in ("maildrop", "public") else -1
            )
        (queue / "maildrop").chmod(0o1730)
        (queue / "public").chmod(0o710)
        for name, text in self._configuration(root, owner).items():
            (configuration / name).write_text(text)
        self._process = subprocess.Popen(
            [*inside(root), str(root / "usr/lib/postfix/sbin/master"), "-d", "-c", str(configuration)],
            env=environment(root) | {"MAIL_CONFIG": str(configuration)},
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "errors").open("ab"),
            start_new_session=True,
        )
        try:
            wait_for(self.port)
        except TimeoutError as trouble:
            self.stop()
            raise TimeoutError(self.said()) from trouble
        return self

    def said(self) -> str:
        """The end of its log."""
        files = [self.folder / "errors", self.folder / "log"]
        return "".join(file.read_text()[-3000:] for file in files if file.exists())

    def waiting(self) -> int:
        """How many letters wait in its queue."""
        names = ("incoming", "active", "deferred", "maildrop")
        return sum(1 for name in names for file in (self.folder / "queue" / name).rglob("*") if file.is_file())

    def stop(self) -> None:
        """End it and everything it started."""
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    def _configuration(self, root: Path, owner: pwd.struct_passwd) -> dict[str, str]:
        folders = {box.rpartition("@")[2] for box in self.mailboxes}
        boxes = "\n".join(f"{box} {box}/" for box in self.mailboxes)
        transports = "\n".join(f"{domain} lmtp:inet:127.0.0.1:{self.lmtp_port}" for domain in self.ours)
        main = f"""
compatibility_level = 3.6
mail_owner = nobody
setgid_group = mail
default_privs = daemon
queue_directory = {self.folder}/queue
data_directory = {self.folder}/data
daemon_directory = {root}/usr/lib/postfix/sbin
command_directory = {root}/usr/sbin
meta_directory = {self.folder}/etc
shlib_directory = {root}/usr/lib/postfix
maillog_file = {self.folder}/log
maillog_file_prefixes = {self.folder}
myhostname = mx.provider.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions =
smtpd_delay_reject = no
recipient_delimiter = +
relay_domains = {" ".join(self.ours)}
transport_maps = texthash:{self.folder}/etc/transport
virtual_mailbox_domains = {" ".join(sorted(folders))}
virtual_mailbox_maps = texthash:{self.folder}/etc/boxes
virtual_mailbox_base = {self.maildirs}
virtual_minimum_uid = 1
virtual_uid_maps = static:{owner.pw_uid}
virtual_gid_maps = static:{owner.pw_gid}
smtpd_reject_unlisted_recipient = no
default_transport = error:5.1.2 no such domain
lmtp_send_xforward_command = yes
lmtp_destination_concurrency_limit = 20
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
minimal_backoff_time = 2s
maximal_backoff_time = 4s
queue_run_delay = 2s
smtp_host_lookup = native
smtp_dns_support_level = disabled
disable_dns_lookups = yes
notify_classes =
in_flow_delay = 0
"""
        services = f"""
127.0.0.1:{self.port} inet n - n - 100 smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
        return {"main.cf": main, "master.cf": services, "boxes": boxes + "\n", "transport": transports + "\n"}
