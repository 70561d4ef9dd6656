"""Galleries as the service hands them out: the one door that API and page both use."""
