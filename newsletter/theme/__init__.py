"""Looks with a name: logo and colours of bulletins, every version of them kept."""
