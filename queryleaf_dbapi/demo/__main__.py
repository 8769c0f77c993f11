"""`python -m queryleaf_dbapi.demo`."""

from __future__ import annotations

import sys

from queryleaf_dbapi.demo import main

sys.exit(main())
