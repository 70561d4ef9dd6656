# Everything starts from a fresh machine with Python 3.11 and pip; see README.md.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: install demo test check real bench clean

install: $(STAMP)

# The environment is made anew when Python is missing in it and refreshed when its inputs change.
$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python && $(BIN)/python -c "" 2>/dev/null || { rm -rf .venv && $(PYTHON) -m venv .venv; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(STAMP)
