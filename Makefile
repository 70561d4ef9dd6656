# Everything starts from a fresh machine with Python 3.11 and pip; see README.md.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: install demo test check real bench soak cluster clean

install: $(STAMP)

# The environment is made anew when Python is missing in it and refreshed when its inputs change.
$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python && $(BIN)/python -c "" 2>/dev/null || { rm -rf .venv && $(PYTHON) -m venv .venv; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(STAMP)

# Draw people, learn them, index them, find three of them; ends with a contact sheet.
demo: install
	rm -rf out/demo && mkdir -p out/demo
	$(BIN)/tipr data draw out/demo/people --people 400 --cameras 3 --seed 0
	$(BIN)/tipr train configs/demo.toml out/demo/run --data out/demo/people
	$(BIN)/tipr evaluate out/demo/run --data out/demo/people --split test
	$(BIN)/tipr index out/demo/run out/demo/people out/demo/gallery --split test --pattern 'imgs/{camera}/{date}/{time}_*.jpg'
	$(BIN)/tipr search out/demo/gallery -k 7 --html out/demo/sheet.html \
		"A woman with red hair wearing a red hoodie, gray trousers and blue boots." \
		"The person wears a long blue coat and white shoes and carries a black shoulder bag." \
		"A man wearing a yellow shirt and a cap"
	@echo "Look at out/demo/sheet.html. Next: tipr search out/demo/gallery \"your own words\""

test: install
	$(BIN)/python -m pytest

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

# Real photographs: train, evaluate, index, search. SEEDS=3 for mean and spread, JOBS=2 to train
# two seeds side by side, each on half of the cores.
SEEDS ?= 1
JOBS ?= 1
real: install
	@$(BIN)/python benchmarks/real.py --seeds $(SEEDS) --jobs $(JOBS)

# Ratios against named baselines, measured in the same run (benchmarks/RESULTS.md).
bench: install
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/metrics.py
	$(BIN)/python benchmarks/drawing.py

# Kill, damage and feed a gallery with hostile files many times over (about fifteen minutes).
soak: install
	$(BIN)/python -m tests.soak

# More than one machine: two Ray nodes and a Milvus server, in a network of loopback alone (both
# listen everywhere, and neither asks who is there), in an environment of their own.
CLUSTER := .venv-cluster/bin
ALONE := unshare --net --map-root-user sh -c 'ip link set lo up && exec "$$0" "$$@"'
cluster: export TIPR_CLUSTER = 1
cluster: $(CLUSTER)/../.installed
	$(ALONE) $(CLUSTER)/python -m pytest -W default tests/cluster
	$(ALONE) $(CLUSTER)/python -m benchmarks.cluster

$(CLUSTER)/../.installed: pyproject.toml constraints.txt
	@test -x $(CLUSTER)/python && $(CLUSTER)/python -c "" 2>/dev/null || { rm -rf .venv-cluster && $(PYTHON) -m venv .venv-cluster; }
	$(CLUSTER)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[torch,ray,milvus]" pytest hypothesis "milvus==2.3.5"
	@touch $@

clean:
	rm -rf out .venv .venv-cluster
