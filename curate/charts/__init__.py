"""numbers -> static SVG drawn by Vega-Lite: no script, no network, no colour but by class, no text of the data inside JavaScript"""
