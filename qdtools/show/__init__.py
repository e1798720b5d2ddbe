"""The room of all that is looked at: figures, tables, widgets; the only one with matplotlib or HTML."""
