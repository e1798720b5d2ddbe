"""Knows where the built site lies, when one of its pages is ready in a browser."""

from pathlib import Path

SITE = Path(__file__).resolve().parents[1] / "_build/html"
# Every widget has drawn itself, every explorable is at work.
READY = """() =>
  document.readyState === 'complete'
  && !document.querySelector('.explorable[data-state=loading]')
  && document.querySelectorAll('script[type="application/vnd.jupyter.widget-view+json"]').length
     === document.querySelectorAll('.widget-subarea > .jupyter-widgets').length
"""
