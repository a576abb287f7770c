"""`python -m ptce_workflow` is `ptce`."""

import sys

from ptce_workflow.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
