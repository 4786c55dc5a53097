# make env    builds .venv with the pinned versions of requirements.txt and this package, editable
# make test   runs the tests in it
# make demo   runs the demo in it
# make tables fills in the tables of the pages from the records in benchmarks/ and tests/stress/, and draws docs/figures
# make docs   builds the documentation's site into site/
# make faults kills, starves and misleads trainings for minutes, and rewrites the table of docs/reliability.md
# make compat installs the package beside other versions of Python, torch and mmseg, an hour, and rewrites the table of
#             docs/installation.md; some rows only: make compat ROWS='1 4'
# make findings runs the scripts in findings/, each in an environment of its own
# make clean  removes build products; `make distclean` removes the environment too

# The pinned versions need Python 3.11 or newer. Each candidate is run, since a name on the PATH may be a dead shim.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV := .venv
STAMP := $(VENV)/.installed

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore

# Tiny models run fastest on one thread, and the same way everywhere.
TEST_ENV := OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1} MKL_NUM_THREADS=$${MKL_NUM_THREADS:-1} \
	PYTHONHASHSEED=0 MPLBACKEND=Agg

.PHONY: env test demo tables docs faults compat findings clean distclean

env: $(STAMP)

$(STAMP): requirements.txt setup.py
	@test -n "$(PYTHON)" || \
		{ echo "make: no Python 3.11 or newer found; name one: make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "Installing into $(VENV); the first time takes some minutes"
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install -qq --use-pep517 -r requirements.txt -e .
	@touch $@

test: env
	$(TEST_ENV) $(VENV)/bin/python -m pytest -q tests

demo: env
	$(VENV)/bin/python demo/demo.py

tables: env
	$(VENV)/bin/python -m benchmarks.results.tables
	$(VENV)/bin/python -m benchmarks.rare.tables
	$(VENV)/bin/python -m benchmarks.compare.page
	$(VENV)/bin/python -m benchmarks.results.model_index
	$(VENV)/bin/python -m benchmarks.results.peer_list
	$(VENV)/bin/python -m benchmarks.results.zoo
	$(VENV)/bin/python -m benchmarks.cost.performance write
	$(VENV)/bin/python -m benchmarks.annotations.page
	$(VENV)/bin/python -m tests.stress.faults --table
	$(VENV)/bin/python -m benchmarks.annotations.forms --table

# A warning is an error: mkdocs.yml says strict.
docs: env
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build

faults: env
	$(TEST_ENV) $(VENV)/bin/python -m tests.stress.faults

compat: env
	$(VENV)/bin/python -m tests.compat.compat $(ROWS)

findings:
	@for script in findings/*.sh; do echo "$$script"; bash "$$script" || exit 1; done

clean:
	rm -rf build dist site
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV) *.egg-info mmseg_entmin/.mim
