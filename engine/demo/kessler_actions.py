"""Everything that Kessler's agents proposed."""

from engine.demo.kessler_done import DONE
from engine.demo.kessler_queue import QUEUE
from engine.demo.kessler_stopped import STOPPED

HAPPENINGS = (*DONE, *STOPPED, *QUEUE)
