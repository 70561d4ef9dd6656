"""Who is drawn: attributes, what there is to wear, how people are invented."""
