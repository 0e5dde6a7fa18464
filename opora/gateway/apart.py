"""Desk, gateway, signer and ledger as four users: whose folder is whose, who reads what of it, who may ask for what.

Each process has a folder that it alone writes to. What another must read is lent to the owner's own group: the ledger is a member
of the gateway's, the signer of the ledger's. At the sockets the kernel says who calls (SO_PEERCRED, unix(7)). Where all are one
user (no OPORA_GATEWAY_GROUP) nothing of this counts: that user may do everything.
"""

import os
import socket
import stat
import struct
from collections.abc import Mapping
from typing import Any

from opora.gateway.settings import BadSetting, Settings, make_folders
from opora.gateway.sockets import Refused

ONE_USER = ""
"""The caller where all are one user."""
PROCESSES = ("gateway", "ledger", "signer")
FOLDERS: dict[str, dict[str, int]] = {
    "gateway": {"": 0o711, "keys": 0o711, "journals": 0o750, "typed": 0o770, "untold": 0o700},
    "ledger": {"": 0o711, "keys": 0o710, "agreements": 0o750},
    "signer": {"": 0o711, "keys": 0o700},
}
"""What each process opens of its folder; all else it makes is for itself. Everybody may pass to a socket, and not look around."""

_ALL = frozenset({"desk", "gateway", "ledger", "signer"})
_DESK, _GATEWAY, _LEDGER, _SIGNER = (frozenset({name}) for name in ("desk", "gateway", "ledger", "signer"))
LEDGER: Mapping[str, frozenset[str]] = {
    "agree": _DESK | _GATEWAY,
    "withdraw": _DESK,
    **dict.fromkeys(("begin", "head", "end"), _GATEWAY),
    **dict.fromkeys(("log certificate", "log window-key", "log signature", "log key-destroyed"), _SIGNER),
    **dict.fromkeys(("log view", "log export", "fetch"), _DESK),
    **dict.fromkeys(("extend", "erase", "bundle"), _LEDGER),
    **dict.fromkeys(("key", "checkpoint"), _ALL),
}
SIGNER: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("certify", "sign"), _GATEWAY),
    "line": _DESK,
    "authority": _ALL,
}
LIVE: Mapping[str, frozenset[str]] = {"live": _DESK}
_PEER = struct.Struct("3i")


class Callers:
    """Tells who calls at a socket of one of these processes."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings. `group` is the one that may connect, None for the owner alone."""
        self.group = settings.group
        self._homes = {name: settings.home(name) for name in PROCESSES}

    def who(self, line: Any) -> str:
        """Return `gateway`, `ledger`, `signer`, `desk` or `root`; `nobody` while one of them has no folder yet.

        A process is known by owning its folder; whoever of the group owns none is the desk.
        """
        if self.group is None:
            return ONE_USER
        _, uid, _ = _PEER.unpack(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        if uid == 0:
            return "root"
        try:
            owners = {home.stat().st_uid: name for name, home in self._homes.items()}
        except OSError:
            return "nobody"
        return owners.get(uid, "desk")


def may_ask(rules: Mapping[str, frozenset[str]], what: str, caller: str) -> bool:
    """Return whether that caller may ask for it. Root may, for root can be any of them."""
    return caller in (ONE_USER, "root") or caller in rules.get(what, ())


def require(rules: Mapping[str, frozenset[str]], what: str, caller: str) -> None:
    """Raise Refused unless that caller may ask for it."""
    if not may_ask(rules, what, caller):
        raise Refused("caller", f"{what!r} is not for the {caller} to ask.")


def take_place(settings: Settings, name: str) -> None:
    """Make what a process needs of folders, open to nobody but those who must read there. Raises BadSetting."""
    if settings.group is None:
        make_folders(settings)
        return
    _check_group(settings.group)
    _check_place(settings, name)
    os.umask(0o027)
    for folder, mode in FOLDERS[name].items():
        path = settings.home(name) / folder
        try:
            path.mkdir(exist_ok=True)
            path.chmod(mode)
        except OSError as error:
            raise BadSetting(f"{error.filename}: {error.strerror}") from error


def _check_group(group: int) -> None:
    if group == os.getegid():
        raise BadSetting(
            "OPORA_GATEWAY_GROUP is this user's own group; that one is for lending files to a single reader"
        )
    if group not in os.getgroups():
        raise BadSetting("this user is not a member of OPORA_GATEWAY_GROUP")


def _check_place(settings: Settings, name: str) -> None:
    """Nobody but root may put another folder in the place of ours, for by its owner the others know us."""
    try:
        above, ours = settings.state.lstat(), settings.home(name).lstat()
    except OSError as error:
        raise BadSetting(f"{error.filename}: {error.strerror}; root makes it for the user of the {name}") from error
    if not stat.S_ISDIR(above.st_mode) or above.st_uid != 0 or above.st_mode & 0o022:
        raise BadSetting(f"{settings.state} must be a folder of root's in which nobody else may write")
    if not stat.S_ISDIR(ours.st_mode) or ours.st_uid != os.getuid():
        raise BadSetting(f"{settings.home(name)} belongs to somebody else")
    for other in PROCESSES:
        home = settings.home(other)
        if other != name and home.exists() and home.stat().st_uid == os.getuid():
            raise BadSetting(f"{name} and {other} are the same user, who could not be told apart")
