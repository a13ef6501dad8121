"""Work behind the window: named background threads that run jobs. QtCore only."""
