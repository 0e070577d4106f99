"""Guards run with and without the fix, in trees of their own."""
