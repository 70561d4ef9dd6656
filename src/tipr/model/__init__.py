"""The network: pictures and sentences to features. Knows no data and no losses."""
