"""The steps of the chain, in their order. Each answers continue, done or stop, with a reason that is kept."""

from .answering import does_it_confirm
from .bouncing import read_report
from .colleagues import hear_colleague
from .filing import file_letter
from .loops import turn_back_our_own
from .matching import which_ticket
from .measuring import keep_measure
from .proving import prove_sender
from .reading import read
from .remarking import remark
from .repeating import recognise_copy
from .sender import who_is_this
from .sifting import sift_spam
from .vendors import hear_vendor

STEPS = (
    read,
    prove_sender,
    turn_back_our_own,
    read_report,
    recognise_copy,
    sift_spam,
    keep_measure,
    hear_vendor,
    hear_colleague,
    who_is_this,
    which_ticket,
    does_it_confirm,
    remark,
    file_letter,
)

__all__ = ["STEPS"]
