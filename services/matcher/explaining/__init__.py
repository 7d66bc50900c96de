"""Tells from the log alone how a vacancy, window, referral or match came to be what it is."""
