# What can be done in this folder, each as one word; `make help` lists the words.

.DEFAULT_GOAL := help
.PHONY: help setup book pdf test lab lint lock clean

BIN := .venv/bin
REPORTS := _build/reports
# `make PYTHON=/path/to/python3.11 ...` chooses the interpreter; otherwise the first 3.11 found serves.
PYTHON :=
FIND_PYTHON = for python in "$(PYTHON)" python3.11 python3 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || continue

help: ## list what can be done
	@sed -n 's/^\([a-z]*\):[^#]*## /\1#/p' Makefile | awk -F'#' '{ printf "make %-6s %s\n", $$1, $$2 }'

setup: ## make .venv and node_modules, or only what changed since (every target below does it first)
	@$(FIND_PYTHON); exec "$$python" tools/setup.py; done; \
	echo "Set-up stopped at step 1 of 4, check Python: no Python 3.11 was found; install it, or name it: make PYTHON=/path/to/python3.11 setup" >&2; exit 1

# A build that stopped on a warning forgets the parsed pages, or the next one would find nothing
# to do and pass. What the chapters computed stays cached.
book: setup ## execute the chapters and build the site
	@$(BIN)/jupyter-book build . --warningiserror --nitpick --keep-going \
		|| { status=$$?; rm -rf _build/.doctrees; echo "The book was not built: see the first error above." >&2; exit $$status; }

pdf: book ## print the built book into _build/pdf/noisy-quick-draw.pdf
	@PATH="$$PATH:$(BIN)" $(BIN)/python tools/print_book.py

# The build executes each chapter that has changed, which is its test: it fails where a cell fails, then
# tests/test_build.py holds that every chapter has run to its end as it is now. Each run of tests
# leaves a report in $(REPORTS), which the closing lines count together.
test: book ## run every test: the package, the build, the pages, every chapter
	@rm -rf $(REPORTS); mkdir -p $(REPORTS); status=0; \
	$(BIN)/pytest tests -n 2 --dist loadfile --no-loadscope-reorder --junitxml=$(REPORTS)/python.xml \
		--cov --cov-report=term || status=1; \
	PATH="$$PATH:$(BIN)" node --test --test-reporter=spec --test-reporter-destination=stdout \
		--test-reporter=junit --test-reporter-destination=$(REPORTS)/pages.xml tests/js/*.test.js || status=1; \
	$(BIN)/python tools/closing_lines.py $(REPORTS) || status=1; \
	exit $$status

lab: setup ## open the chapters in JupyterLab, at the first
	@$(BIN)/jupyter-lab book/1-data-and-noise.ipynb

lint: setup ## check form with types of all code, chapters too
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@PATH="$$PATH:$(BIN)" node_modules/.bin/biome check --error-on-warnings
	@PATH="$$PATH:$(BIN)" node_modules/.bin/tsc -p web/jsconfig.json

lock: ## resolve the dependencies anew and write the lock files (needs npm; ARGS=--upgrade renews versions)
	@[ -x .uv/bin/uv ] || { $(FIND_PYTHON); "$$python" -m venv .uv; break; done; .uv/bin/pip install --quiet uv==0.13.9; }
	@.uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(ARGS) \
		--all-extras pyproject.toml --output-file requirements.lock
	@.uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(ARGS) \
		--group npm --output-file requirements-npm.lock
	@npm install --package-lock-only --ignore-scripts

clean: ## remove everything that was made here: the site, .venv, node_modules
	@rm -rf _build .before .venv .uv node_modules .setup.lock
