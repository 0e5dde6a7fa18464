"""A shell that names its commands: marks among its output, which terminals ignore and the record keeps byte for byte.

bash 4.4 and newer is started as the login shell it would be, and told what to do before its own profile; nothing is
written on the host. Every other shell begins as it always did. docs/workroom.md, "Which commands were given".
"""

import asyncio
import hashlib
import re
import secrets
import shlex
from dataclasses import dataclass, field

import asyncssh

PATIENCE = 2.0
"""Seconds for the host to say which shell it has; a host that says nothing gets it plain."""
OLDEST = (4, 4)
"""The bash that has PS0."""

QUESTION = 'echo "opora:$BASH_VERSION:$-:$BASH:$(test -d /dev/fd && echo fd)"'
_ANSWER = re.compile(rb"opora:(\d+)\.(\d+)[^:\s]*:([a-zA-Z]*):(/[^:\s]+):fd\r?\n")

BASH = r"""
builtin exec 9<&-
builtin set +o posix
builtin shopt -u inherit_errexit
builtin unset -v ENV POSIXLY_CORRECT
[[ ${HISTFILE-} != "$HOME/.sh_history" ]] || HISTFILE=$HOME/.bash_history
__opora_key=%(nonce)s __opora_count=0 __opora_number=0 __opora_text= __opora_kept= __opora_none=
__opora_newest() {
  told=$(HISTTIMEFORMAT= builtin history 1)
  number=${told#"${told%%%%[0-9]*}"} number=${number%%%%[!0-9]*}
  text=${told#*"$number"} text=${text:2}
}
__opora_begins() {
  { builtin local -; builtin set +xvu; } 2>/dev/null
  builtin local told number text slash='\' code sign
  __opora_newest
  if [[ $number == "$__opora_number" && $text == "$__opora_text" ]]; then
    # Not in the history: unnamed. Unless the same line was given once more, where such are kept once.
    [[ :$__opora_kept: == *:erasedups:* && -o history && ! ${HISTIGNORE-} ]] || builtin return
  fi
  [[ $number ]] || builtin return
  text=${text:0:%(longest)d}
  text=${text//"$slash"/"$slash$slash"}
  text=${text//;/"${slash}x3b"}
  if [[ $text == *[[:cntrl:]]* ]]; then
    for code in {1..31} 127; do
      builtin printf -v code %%02x "$code"
      builtin printf -v sign "${slash}x$code"
      text=${text//"$sign"/"${slash}x$code"}
    done
  fi
  builtin printf '\e]633;E;%%s;%%s.%%d\a' "$text" "$__opora_key" "$__opora_count"
}
__opora_forget() {
  [[ $__opora_kept ]] || builtin return 0
  builtin local told number text
  __opora_newest
  HISTCONTROL=$__opora_kept __opora_kept=
  [[ $number && $number != "$__opora_number" ]] || builtin return 0
  case :$HISTCONTROL: in
    *:ignorespace:* | *:ignoreboth:*) [[ $text != ' '* ]] || { builtin history -d "$number"; builtin return 0; } ;;
  esac
  case :$HISTCONTROL: in
    *:ignoredups:* | *:ignoreboth:*) [[ $text != "$__opora_text" ]] || builtin history -d "$number" ;;
  esac
  builtin return 0
}
__opora_ends() {
  builtin local status=$? told number text
  { builtin local -; builtin set +xvu; } 2>/dev/null
  ((__opora_count += 1))
  if ((__opora_count == 1)); then
    builtin printf '\e]633;A;;%%s.%%d\a' "$__opora_key" "$__opora_count" >&2
  else
    builtin printf '\e]633;D;%%d;%%s.%%d\a' "$status" "$__opora_key" "$__opora_count" >&2
  fi
  __opora_forget
  __opora_newest
  __opora_number=$number __opora_text=$text
  if [[ ${PS0-} != *__opora_begins* ]] && builtin shopt -q promptvars; then
    PS0='${__opora_none:((__opora_count+=1)):0}$(__opora_begins)'${PS0-}
  fi
  builtin return "$status"
}
__opora_ready() {
  case :${HISTCONTROL-}: in
    *:ignorespace:* | *:ignoredups:* | *:ignoreboth:* | *:erasedups:*) ;;
    *) builtin return 1 ;;
  esac
  __opora_kept=$HISTCONTROL
  case :$HISTCONTROL: in
    *:erasedups:*) HISTCONTROL=erasedups ;;
    *) HISTCONTROL= ;;
  esac
}
[[ -e ~/.hushlogin ]] || command cat /run/motd.dynamic /etc/motd 2>/dev/null
[[ ! -r /etc/profile ]] || builtin . /etc/profile
for __opora_profile in ~/.bash_profile ~/.bash_login ~/.profile; do
  if [[ -r $__opora_profile ]]; then
    builtin . "$__opora_profile"
    builtin break
  fi
done
builtin unset -v __opora_profile
PROMPT_COMMAND='__opora_ends'${PROMPT_COMMAND:+$'\n'$PROMPT_COMMAND}
__opora_early='__opora_under=$_; trap - DEBUG; __opora_forget "$__opora_under"'
__opora_last='[[ $(trap -p DEBUG) ]] || ! __opora_ready || trap "$__opora_early" DEBUG'
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)); then
  PROMPT_COMMAND+=("$__opora_last")
else
  PROMPT_COMMAND+=$'\n'$__opora_last
fi
builtin unset -v __opora_last
"""
"""What bash does before its profile: a mark when a command begins (its text as its history holds it) and when it has ended.

The shell's own settings stay its own: lines that HISTCONTROL lets out of the history are in it for a moment only, until
the command begins (a DEBUG trap that goes at once), and not at all where somebody has a DEBUG trap already.
"""
LONGEST = 8000


@dataclass(frozen=True, slots=True)
class Naming:
    """What one session's shell signs its marks with. The record's header holds only the digest, before the shell begins."""

    nonce: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def digest(self) -> str:
        """The SHA-256 of the nonce in hex."""
        return hashlib.sha256(self.nonce.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell that can name its commands: what to call it, and how it is begun."""

    name: str
    command: str


async def ask_shell(connection: asyncssh.SSHClientConnection, naming: Naming) -> Shell | None:
    """Return how to begin the login shell so that it names its commands; None where it is begun plainly."""
    try:
        async with asyncio.timeout(PATIENCE):
            told = await connection.run(QUESTION, stdin=asyncssh.DEVNULL, stderr=asyncssh.DEVNULL, encoding=None)
    except (OSError, TimeoutError, asyncssh.Error):
        return None
    return understood(told.stdout if isinstance(told.stdout, bytes) else b"", naming)


def understood(answer: bytes, naming: Naming) -> Shell | None:
    """Return the shell that gave this answer, None for any that is not known to do it: old, restricted, no bash at all."""
    said = _ANSWER.fullmatch(answer)
    if said is None or (int(said[1]), int(said[2])) < OLDEST or b"r" in said[3]:
        return None
    name = f"bash {int(said[1])}.{int(said[2])}"
    script = shlex.quote(BASH % {"nonce": naming.nonce, "longest": LONGEST})
    # Told by a pipe: it is neither in a file nor, after this moment, in anybody's list of processes.
    begun = 'exec -a "-${BASH##*/}" "$BASH"'
    return Shell(name, f"exec 9< <(printf %s {script}) && ENV=/dev/fd/9 {begun} --posix; {begun}")
