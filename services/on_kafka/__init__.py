"""Hearth on Kafka: the composition roots of its processes. The same parts as in one process, each where it is told.

Build and join; decide nothing themselves. A file for each kind of process, so that none imports what another is made
of: a dozen of them start on one machine. What a process mirrors it keeps in a directory of its own, which can be
thrown away: everything in it comes from Kafka.
"""
