"""The admin of charges, plans and statements: each noun registers its own."""

import targets.admin.gifts
import targets.admin.ledger
import targets.admin.statements  # noqa: F401
