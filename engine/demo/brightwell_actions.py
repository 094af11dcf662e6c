"""Everything that Brightwell's agents proposed."""

from engine.demo.brightwell_done import DONE
from engine.demo.brightwell_queue import QUEUE
from engine.demo.brightwell_stopped import STOPPED

HAPPENINGS = (*DONE, *STOPPED, *QUEUE)
