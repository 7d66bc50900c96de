"""The demo: six made-up weeks on the real London register, through the ordinary log and deciders, and then live.

Knows every part, as the composition root does, and plays people. Decides nothing: whatever comes of what is said is
decided where it always is. Real: the register. Made up: vacancies, referrals, agreements, people.
"""
