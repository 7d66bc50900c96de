"""The verifier: a second opinion, from the log alone, on whether every promise was kept.

Written from what the words mean, with the wire schemas as its only knowledge of what others wrote; it shares no rule,
no calendar and no policy reader with the parts that it judges. It reads and never writes.

What a log cannot show is proved elsewhere: that the same inputs give the same bytes again, that screens never go
backwards, who may read what over HTTP, that too many bad records stop a reader, and that a log that cannot be written
is answered with 503.
"""
