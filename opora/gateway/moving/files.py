"""The file server an engineer's `sftp` or `scp` talks to: asks the agreement, records, and only then asks the host.

What is read or written is recorded piece by piece with its SHA-256 before it goes on, and as a whole when the file is closed.
The content itself is not kept.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncssh
from asyncssh.constants import FXF_APPEND, FXF_CREAT, FXF_READ, FXF_TRUNC, FXF_WRITE

Facts = dict[str, Any]
Step = Callable[[Facts], Awaitable[None]]
"""Record a step, and return when it may be done. Raises asyncssh.SFTPError when it may not."""

IN, OUT = {"in", "both"}, {"out", "both"}
MOST_EARLY = 128
"""Pieces that may come before their turn; more is no moving from one end to the other."""


class Whole:
    """The SHA-256 of a file as it was moved, for as long as it was moved from one end to the other."""

    def __init__(self) -> None:
        """Begin with nothing moved."""
        self.size = 0
        self._first: int | None = None
        self._hashed = 0
        self._hash = hashlib.sha256()
        self._early: dict[int, bytes] = {}
        self._apart = False

    def begins(self, offset: int) -> None:
        """A piece from this offset was asked for."""
        self._first = offset if self._first is None else self._first

    def take(self, offset: int, piece: bytes) -> None:
        """Take a piece; those that come before their turn wait for it, but not too many."""
        self.size += len(piece)
        if self._apart:
            return
        self._early[offset] = piece
        while self._next() in self._early:
            now = self._early.pop(self._next())
            self._hash.update(now)
            self._hashed += len(now)
        if len(self._early) > MOST_EARLY or any(at < self._next() for at in self._early):
            self._apart = True
            self._early.clear()

    def facts(self) -> Facts:
        """What is known of it: `sha256` only if no piece came twice and none is missing between."""
        told: Facts = {"size": self.size}
        if self._first:
            told["from"] = self._first
        return told if self._apart or self._early else {**told, "sha256": self._hash.hexdigest()}

    def _next(self) -> int:
        return (self._first or 0) + self._hashed


class Opened:
    """A file that is open on the host."""

    def __init__(self, number: int, path: bytes, mode: str, file: asyncssh.SFTPClientFile) -> None:
        """Belong to a file there."""
        self.number = number
        self.path = path
        self.mode = mode
        self.file = file
        self.read, self.written = Whole(), Whole()


class Files(asyncssh.SFTPServer):
    """Files of one host, as one agreement lets them be moved: `files` none, in (to the host), out, or both."""

    def __init__(self, channel: Any, host: asyncssh.SFTPClient, step: Step, *, files: str, level: str) -> None:
        """Take the host's files and the recorder."""
        super().__init__(channel)
        self._host = host
        self._step = step
        self._may_write = files in IN and level != "look"
        self._may_read = files in OUT
        self._number = 0

    # Moving content.

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Open a file."""
        writes = bool(pflags & (FXF_WRITE | FXF_APPEND | FXF_CREAT | FXF_TRUNC))
        reads = bool(pflags & FXF_READ) or not writes
        self._number = number = self._number + 1
        mode = "".join(letter for letter, wanted in (("r", reads), ("w", writes)) if wanted)
        facts = {"op": "open", "path": _text(path), "mode": mode, "file": number}
        await self._do(facts, may=(self._may_read or not reads) and (self._may_write or not writes))
        file = await self._host.open(path, pflags, attrs, encoding=None, block_size=0)
        return Opened(number, path, mode, file)

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Read a piece: recorded before the engineer has it."""
        opened = _opened(file_obj)
        opened.read.begins(offset)
        piece = await opened.file.read(size, offset)
        if not isinstance(piece, bytes):
            raise asyncssh.SFTPFailure("no bytes")
        if piece:
            await self._step(_piece("read", opened, offset, piece))
            opened.read.take(offset, piece)
        return piece

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Write a piece: recorded before the host has it."""
        opened = _opened(file_obj)
        opened.written.begins(offset)
        await self._step(_piece("write", opened, offset, data))
        opened.written.take(offset, data)
        return await opened.file.write(data, offset)

    async def close(self, file_obj: object) -> None:
        """Close a file: what was moved stands in the record as a whole."""
        opened = _opened(file_obj)
        try:
            for letter, op, whole in (("r", "sent", opened.read), ("w", "received", opened.written)):
                if letter in opened.mode:
                    await self._step({"op": op, "path": _text(opened.path), "file": opened.number, **whole.facts()})
        finally:
            await opened.file.close()

    # Changing what is there.

    async def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Change mode, owner, times or size."""
        await self._change("setstat", path, attributes=_attributes(attrs))
        await self._host.setstat(path, attrs)

    async def lsetstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """The same, of a link itself."""
        await self._change("setstat", path, attributes=_attributes(attrs))
        await self._host.setstat(path, attrs, follow_symlinks=False)

    async def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        """The same, of an open file."""
        opened = _opened(file_obj)
        await self._change("setstat", opened.path, file=opened.number, attributes=_attributes(attrs))
        await opened.file.setstat(attrs)

    async def remove(self, path: bytes) -> None:
        """Remove a file."""
        await self._change("remove", path)
        await self._host.remove(path)

    async def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Make a folder."""
        await self._change("mkdir", path)
        await self._host.mkdir(path, attrs)

    async def rmdir(self, path: bytes) -> None:
        """Remove an empty folder."""
        await self._change("rmdir", path)
        await self._host.rmdir(path)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Give a file another name."""
        await self._change("rename", oldpath, to=_text(newpath))
        await self._host.rename(oldpath, newpath)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """The same, in place of what has that name."""
        await self._change("rename", oldpath, to=_text(newpath), over=True)
        await self._host.posix_rename(oldpath, newpath)

    async def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        """Make a symbolic link."""
        await self._change("symlink", newpath, to=_text(oldpath))
        await self._host.symlink(oldpath, newpath)

    async def link(self, oldpath: bytes, newpath: bytes) -> None:
        """Make a hard link."""
        await self._change("link", newpath, to=_text(oldpath))
        await self._host.link(oldpath, newpath)

    async def fsync(self, file_obj: object) -> None:
        """Have the host bring a file to its disk."""
        await self._look("fsync", _opened(file_obj).path)
        await _opened(file_obj).file.fsync()

    # Looking.

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """List a folder."""
        await self._do({"op": "list", "path": _text(path)}, may=True)
        async for name in self._host.scandir(path):
            yield name

    async def stat(self, path: bytes) -> Any:
        """Look at a file."""
        await self._look("stat", path)
        return await self._host.stat(path)

    async def lstat(self, path: bytes) -> Any:
        """Look at a file or link."""
        await self._look("stat", path)
        return await self._host.lstat(path)

    async def fstat(self, file_obj: object) -> Any:
        """Look at an open file."""
        await self._look("stat", _opened(file_obj).path)
        return await _opened(file_obj).file.stat()

    async def realpath(self, path: bytes) -> Any:
        """Say where a path leads."""
        await self._look("realpath", path)
        return await self._host.realpath(path)

    async def readlink(self, path: bytes) -> Any:
        """Say where a link leads."""
        await self._look("readlink", path)
        return await self._host.readlink(path)

    async def statvfs(self, path: bytes) -> Any:
        """Look at a disk."""
        await self._look("statvfs", path)
        return await self._host.statvfs(path)

    async def fstatvfs(self, file_obj: object) -> Any:
        """Look at an open file's disk."""
        await self._look("statvfs", _opened(file_obj).path)
        return await _opened(file_obj).file.statvfs()

    async def _look(self, op: str, path: bytes) -> None:
        """Record a look; it waits during a pause as well, and there is none after the end."""
        await self._do({"op": op, "path": _text(path)}, may=True)

    async def _change(self, op: str, path: bytes, **facts: Any) -> None:
        await self._do({"op": op, "path": _text(path), **facts}, may=self._may_write)

    async def _do(self, facts: Facts, *, may: bool) -> None:
        await self._step(facts if may else {**facts, "refused": "agreement"})
        if not may:
            raise asyncssh.SFTPPermissionDenied("the agreement does not let this be done")


def _opened(file_obj: object) -> Opened:
    if not isinstance(file_obj, Opened):
        raise asyncssh.SFTPFailure("no open file")
    return file_obj


def _piece(op: str, opened: Opened, offset: int, piece: bytes) -> Facts:
    digest = hashlib.sha256(piece).hexdigest()
    return {"op": op, "file": opened.number, "offset": offset, "size": len(piece), "sha256": digest}


def _attributes(attrs: asyncssh.SFTPAttrs) -> Facts:
    told = {name: getattr(attrs, name, None) for name in ("size", "uid", "gid", "permissions", "atime", "mtime")}
    facts: Facts = {name: int(value) for name, value in told.items() if value is not None}
    if "permissions" in facts:
        facts["mode"] = f"{facts.pop('permissions') & 0o7777:04o}"
    return facts


def _text(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")
