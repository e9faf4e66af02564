def pier(line):
    """The boat leaves at seven from pier nine."""
    return 9
