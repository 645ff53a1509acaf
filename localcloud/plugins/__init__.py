"""What the engine needs beside itself: official plugins where they can be had, stand-ins where they cannot."""
