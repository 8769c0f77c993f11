"""`python -m queryleaf_dbapi.shell`: what the console script `queryleaf` runs."""

from __future__ import annotations

import sys

from queryleaf_dbapi.shell import main

sys.exit(main())
