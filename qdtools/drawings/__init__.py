"""The room of drawings: the type that holds them, every place or form they come from; no network, no plot."""
