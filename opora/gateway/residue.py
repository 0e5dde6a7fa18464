"""What is left behind on a host: a fixed look at it, read-only, when a session begins and when it ends.

The same words run both times over the session's own connection, beside the engineer's channel, and what they find is
recorded. The difference answers whether the engineer is really gone: processes, keys, timers, units, ports, users, suid.
"""

import asyncio
import ipaddress
from collections.abc import Iterator

import asyncssh

PATIENCE = 8.0
"""Seconds for the whole look; without an answer the record says that it could not be done."""
LARGEST = 4 << 20
MOST_LINES = 400
"""Lines of a kind that one frame holds; the difference is always made from all of them."""

Found = dict[str, list[str]]
Difference = dict[str, dict[str, list[str]]]

SCRIPT = r"""
LC_ALL=C; export LC_ALL
part() { printf '@@%s\n' "$1"; }
sums() { for f do [ -f "$f" ] && [ -r "$f" ] && cksum "$f"; done 2>/dev/null; }
part users
cut -d: -f1,3,4,6,7 /etc/passwd
part keys
for f in ~/.ssh/authorized_keys ~/.ssh/authorized_keys2 ~root/.ssh/authorized_keys /home/*/.ssh/authorized_keys; do
  [ -r "$f" ] && while IFS= read -r l || [ -n "$l" ]; do printf '%s: %s\n' "$f" "$l"; done <"$f"
done 2>/dev/null
part cron
crontab -l 2>/dev/null
sums /etc/crontab /etc/cron.*/* /var/spool/cron/* /var/spool/cron/crontabs/* /var/spool/cron/atjobs/*
part units
sums /etc/systemd/system/* /etc/systemd/system/*/* ~/.config/systemd/user/* /etc/init.d/* /etc/rc.local
part ports
for f in tcp tcp6; do
  [ -r "/proc/net/$f" ] && while read -r n l r s x; do [ "$s" = 0A ] && printf '%s %s\n' "$f" "$l"; done <"/proc/net/$f"
done
set -- /usr/bin /usr/sbin /usr/lib /usr/libexec /usr/local /opt /tmp /var/tmp /home ~root
s=$(timeout 2 find "$@" -maxdepth 3 -xdev -type f -perm -4000 2>/dev/null)
[ $? = 124 ] || { part suid; printf '%s\n' "$s"; }
part processes
ours=4294967295; [ -r /proc/self/sessionid ] && read -r ours </proc/self/sessionid
for p in /proc/[0-9]*; do
  id=${p#/proc/}; theirs=
  [ "$id" = "$$" ] && continue
  if [ "$ours" = 4294967295 ]; then [ -O "$p" ] || continue
  else read -r theirs <"$p/sessionid" && [ "$theirs" = "$ours" ] || continue; fi
  read -r l <"$p/stat" || continue
  set -- ${l##*) }
  [ "$2" = "$$" ] && continue
  words=$(tr '\0' ' ' <"$p/cmdline") && [ -n "$words" ] && printf '%s %s %s\n' "$id" "${20}" "$words"
done 2>/dev/null
part end
"""


async def look(connection: asyncssh.SSHClientConnection) -> Found | None:
    """Return what the host shows now, None if it could not be looked at. Changes nothing there."""
    try:
        async with asyncio.timeout(PATIENCE):
            return understood(await _said(connection))
    except (OSError, TimeoutError, asyncssh.Error):
        return None


async def _said(connection: asyncssh.SSHClientConnection) -> bytes:
    process = await connection.create_process("exec sh -s", encoding=None, stderr=asyncssh.DEVNULL)
    said = bytearray()
    try:
        process.stdin.write(SCRIPT.encode())
        process.stdin.write_eof()
        while len(said) < LARGEST and (more := await process.stdout.read(65536)):
            said += more
    finally:
        process.close()
    return bytes(said)


def understood(said: bytes) -> Found | None:
    """Return the lines of each part, sorted; None if the look was not finished."""
    found: Found = {}
    kind = ""
    for line in said.decode("utf-8", "replace").splitlines():
        if line.startswith("@@"):
            kind = line[2:]
            found[kind] = []
        elif kind and line.strip():
            found[kind].append(line.strip())
    if "end" not in found:
        return None
    del found["end"]
    return {kind: sorted(set(_plainly(kind, lines))) for kind, lines in found.items()}


def difference(before: Found, after: Found) -> Difference:
    """Return for each kind what was added and what was removed; kinds without either are left out.

    A process that has ended is no residue, so of processes only those that were added count.
    """
    told: Difference = {}
    for kind in sorted(before.keys() & after.keys()):
        added = sorted(set(after[kind]) - set(before[kind]))
        removed = [] if kind == "processes" else sorted(set(before[kind]) - set(after[kind]))
        how = {name: lines for name, lines in (("added", added), ("removed", removed)) if lines}
        if how:
            told[kind] = how
    return told


def shortened(found: Found) -> Found:
    """Return as much of it as a frame should hold; a last line says how many are left out."""
    return {
        kind: lines if len(lines) <= MOST_LINES else [*lines[:MOST_LINES], f"... {len(lines) - MOST_LINES} more"]
        for kind, lines in found.items()
    }


def _plainly(kind: str, lines: list[str]) -> Iterator[str]:
    for line in lines:
        yield _address(line) if kind == "ports" else line


def _address(line: str) -> str:
    """An address as the kernel writes it (proc(5), /proc/net/tcp: words of four bytes in the machine's order) for people."""
    protocol, _, rest = line.partition(" ")
    try:
        raw, port = rest.split(":")
        words = [bytes.fromhex(raw[at : at + 8])[::-1] for at in range(0, len(raw), 8)]
        return f"{protocol} {ipaddress.ip_address(b''.join(words))} {int(port, 16)}"
    except ValueError:
        return line
