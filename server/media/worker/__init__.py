"""The programme worker, a process of its own: sources in, one continuous programme out. Imports of the server `messages` alone.

Three things flow through it. A source makes `Unit`s (one coded picture or sound frame each); the switcher picks one source's
units and lays them on one timeline; the muxer turns that into `Chunk`s of MPEG-TS, which relays and renditions read; the
segmenter cuts them into `Segment`s, which the playlists and the recording read.
"""
