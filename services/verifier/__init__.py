"""The verifier: a second opinion, from the log alone, on whether every promise was kept.

Written from what the words mean, with the wire schemas as its only knowledge of what others wrote; it shares no rule,
no calendar and no policy reader with the parts that it judges. It reads and never writes.
"""
