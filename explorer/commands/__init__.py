"""The same engine without a window: what ``checkpoint-explorer COMMAND`` prints."""
