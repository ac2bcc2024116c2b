//! The engine's calls as the browser sees them. Each does three things: convert in, call the engine once, convert out.
