"""What the page is made of, in plain Python: HTML from answers and articles, guards, and the desk behind them.

Nothing here imports gradio; `qa/page.py` puts the parts together.
"""
