"""Plain data as bytes, bytes in frames, frames over a socket."""
