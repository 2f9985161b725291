"""The notebook's views: one file each, on ipywidgets, anywidget and bqplot. Nothing else imports them.

view.py      what all views share: documented traits, status, stop, a picture in the saved notebook
worker.py    the thread in which a model works; newest request wins
heatmap.py   an input and its relevance, coloured in the browser
flipping.py  pixel-flipping, step by step
regions.py   a heat map with regions drawn on it, and their shares; region_set.py pools a whole set of pictures
compare.py   methods x targets x inputs in one grid, on one scale, with one cursor
gallery.py   thousands of inputs, sorted and filtered, mistakes first
prototypes.py  activation maximization, watched, stopped, kept and compared
explore.py   inputs, scores, method and preset around one heat map
answers.py   answers that are kept until the model changes; averages.py means over shifts, sums over windows
state.py     the workbench's state as JSON
"""
