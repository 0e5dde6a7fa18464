"""The commands of gateway, ledger and signer, which know neither desk nor settings: nothing of Django is loaded for them."""

import argparse
from collections.abc import Callable

from opora.config.children import WILL_NOT_MEND, say_ready
from opora.config.telling import say

Options = argparse.Namespace


def run(options: Options) -> int:
    """Run one of `COMMANDS`; returns its exit code."""
    from opora.gateway.settings import BadSetting

    try:
        return COMMANDS[options.command](options)
    except BadSetting as error:
        return say(str(error), WILL_NOT_MEND if getattr(options, "parent", 0) else 1)


def _record(options: Options) -> int:
    from opora.gateway.keeping import commands
    from opora.gateway.settings import read

    if options.act == "keep":
        return say(*commands.keep(read(), options.session, until=options.until, by=options.by))
    return say(*commands.erase_input(read(), options.session, by=options.by, why=options.why))


def _gateway(options: Options) -> int:
    from opora.gateway import program
    from opora.gateway.settings import read

    return program.run(read(), ready=lambda: say_ready(options.ready_fd))


def _ledger(options: Options) -> int:
    from opora.gateway.keeping import program
    from opora.gateway.settings import read

    return program.run(read(), ready=lambda: say_ready(options.ready_fd))


def _signer(options: Options) -> int:
    from opora.gateway.settings import read
    from opora.gateway.signing import program

    return program.run(read(), ready=lambda: say_ready(options.ready_fd))


COMMANDS: dict[str, Callable[[Options], int]] = {
    "gateway": _gateway,
    "ledger": _ledger,
    "signer": _signer,
    "record": _record,
}
