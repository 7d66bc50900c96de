"""The channels and the directory as the notifier uses them."""
