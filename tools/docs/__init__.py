"""Pages generated from the code: the states and their table, the process image, the settings. Never edited by hand."""
