"""The programme's pictures and sound. Worker processes do the work; the ceremony never waits for them. DESIGN §8."""
