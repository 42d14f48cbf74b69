"""What a source is, held against the profile, in words a technician acts on. Decodes key pictures and sound, never on the loop.

`agree` decides from what was measured, purely; `Inspector` measures; `faults` confirms what was seen before it is told.
"""
