"""text -> identifiers of persons in it, by kind; text with placeholders in their place"""
