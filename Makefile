# The words of do.py, for those who are used to make: `make help` lists them.

.DEFAULT_GOAL := help
WORDS := help setup book slides pdf catalogues test test-long lab lint weights lock clean
.PHONY: $(WORDS)

# `make book PYTHON=/path/to/python3.12` chooses the interpreter, which then sets up first; otherwise do.py
# keeps the one that .venv was made with, or looks for a fitting one.
PYTHON :=
CHOSEN = $(if $(PYTHON),$(filter-out help setup lock clean,$@))
setup: KEPT = $(if $(PYTHON),,--keep)
# `make lock ARGS=--upgrade`, `make lab ARGS=--allow-root` hand an option on.
ARGS :=
# `make weights DIR=my/weights DRAWINGS=my/drawings` names what to ship and what it was trained on.
weights: FOLDERS = $(if $(DIR),"$(DIR)") $(if $(DRAWINGS),"$(DRAWINGS)")

$(WORDS):
	@for python in "$(PYTHON)" python3.11 python3.12 python3.13 python3 python; do \
		"$$python" -c '' 2>/dev/null || continue; $(if $(CHOSEN),"$$python" do.py setup || exit;) \
		exec "$$python" do.py $@ $(KEPT) $(FOLDERS) $(ARGS); done; \
	echo "There is no Python here: install Python 3.11, 3.12 or 3.13." >&2; exit 1
