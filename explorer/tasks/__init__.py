"""Work behind the window: named background threads that run jobs; and what else may not make it wait. QtCore only."""
