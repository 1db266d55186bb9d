"""Everything goes wrong at once and at random, and the sandbox's ledger says whether anything came of it."""
