"""Runs one of the programs of `bench/`, or lists them with what each measures."""

import ast
import subprocess
import sys
from collections.abc import Sequence

from house.environment import ROOT

BENCH = ROOT / "bench"


def main(arguments: Sequence[str]) -> int:
    """Runs the named program and returns its exit status; without a name lists them all."""
    programs = {path.stem: path for path in sorted(BENCH.glob("[!_]*.py"))}
    if not arguments or arguments[0] in ("-h", "--help"):
        print("usage: bin/bench NAME [ARGUMENTS]")
        for name, path in programs.items():
            first_line = (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]
            print(f"  {name:<16} {first_line}")
        return 0
    if arguments[0] not in programs:
        known = ", ".join(programs) or "none yet"
        print(f"bin/bench: there is no measurement called {arguments[0]} (there are: {known})", file=sys.stderr)
        return 2
    return subprocess.run([sys.executable, str(programs[arguments[0]]), *arguments[1:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
