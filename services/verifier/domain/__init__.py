"""What the verifier computes by itself: the promises and their tally, working hours, lengths, the order of a ladder."""
