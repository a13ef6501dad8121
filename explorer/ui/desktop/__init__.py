"""The program in the menu and the file manager of a Linux desktop: its entry, its icons and the types of its files."""
