"""all tables -> the account, the figures and the page that people look at"""
