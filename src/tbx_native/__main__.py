"""python -m tbx_native."""

import sys

from tbx_native._command_line import main

sys.exit(main())
