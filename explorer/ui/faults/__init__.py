"""What went wrong in the program itself: its log, its errors, what a crash leaves behind."""
