"""What each command would do first, done by the process that they are forked from (``forked``)."""

import gc

from sqlalchemy.orm import configure_mappers

from wbcore.store import models

__all__ = ["models"]

configure_mappers()
gc.collect()
gc.freeze()  # nobody goes through it again, and its memory stays shared
