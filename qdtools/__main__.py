"""Runs the command line as ``python -m qdtools``."""

import sys

from .cli import main

sys.exit(main())
