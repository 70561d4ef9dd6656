# Everything starts from a fresh machine with Python 3.11 and pip; see README.md.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: install demo serve box test check docs docs-train wheel real bench bench-full bench-gpu e2e soak cluster clean

install: $(STAMP)

# The environment is made anew when Python is missing in it and refreshed when its inputs change.
$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python && $(BIN)/python -c "" 2>/dev/null || { rm -rf .venv && $(PYTHON) -m venv .venv; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(STAMP)

# Draw 500 people, index 2,000 pictures of them, find some; ends with a contact sheet.
demo: install
	$(BIN)/tipr demo out/demo

# The same, and the search page in a browser.
serve: install
	$(BIN)/tipr demo out/demo --serve

# Make the model in the box anew: draw, train (an hour on two cores), pack, measure.
box: install
	rm -rf out/box && mkdir -p out/box
	$(BIN)/tipr data draw out/box/people --people 5000 --cameras 8 --seed 1 --days 7 --full
	$(BIN)/tipr train configs/box.toml out/box/run --data out/box/people
	$(BIN)/python -m benchmarks.box pack out/box/run src/tipr/box
	$(BIN)/python -m tests.docs.write

test: install
	$(BIN)/python -m pytest

# The documentation as a site, out/site/index.html; what is generated in it is written anew.
docs: export NO_MKDOCS_2_WARNING = 1
docs: install
	$(BIN)/python -m tests.docs.write
	$(BIN)/mkdocs build --strict

# Run the commands of the documents that train (the others are run by `make test`).
docs-train: export TIPR_DOCS_TRAIN = 1
docs-train: install
	$(BIN)/python -m pytest tests/docs/test_docs_commands.py

# Build the wheel, install it into an empty environment, and find a drawn person there.
wheel: export TIPR_WHEEL = 1
wheel: install
	$(BIN)/python -m pytest tests/wheel

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

# Real photographs: train, evaluate, index, search. SEEDS=3 for mean and spread, JOBS=2 to train
# two seeds side by side, each on half of the cores; CONFIG=configs/real.toml from random weights.
SEEDS ?= 1
JOBS ?= 1
CONFIG ?= configs/from-box.toml
real: install
	@$(BIN)/python benchmarks/real.py --seeds $(SEEDS) --jobs $(JOBS) --config $(CONFIG)

# Every promise against a named peer and against the machine's limits, measured in one run on an
# otherwise idle machine, into benchmarks/RESULTS.md (half an hour on two cores).
BENCH := out/bench
bench: install
	rm -rf $(BENCH) && mkdir -p $(BENCH)
	$(BIN)/python benchmarks/step.py --rounds 5 --json $(BENCH)/1-step.json
	$(BIN)/python benchmarks/training.py --rounds 3
	$(BIN)/python benchmarks/feeding.py --json $(BENCH)/2-feeding.json
	$(BIN)/python benchmarks/pictures.py --json $(BENCH)/3-pictures.json
	$(BIN)/python benchmarks/sentence.py --json $(BENCH)/4-sentence.json
	$(BIN)/python benchmarks/answer.py --json $(BENCH)/5-answer.json
	$(BIN)/python benchmarks/metrics.py --rounds 2 --json $(BENCH)/6-metrics.json
	$(BIN)/python benchmarks/cold.py --json $(BENCH)/7-cold.json
	$(BIN)/python benchmarks/indexing.py --rounds 2 --json $(BENCH)/8-indexing.json
	$(BIN)/python benchmarks/growth.py --json $(BENCH)/9-growth.json
	$(BIN)/python benchmarks/table.py $(BENCH)

# The longer sizes: galleries up to ten million (55 GB of disk), a service under load, drawing.
bench-full: bench
	$(BIN)/python benchmarks/growth.py --largest 10000000 --json $(BENCH)/9-growth.json
	$(BIN)/python benchmarks/gallery.py
	$(BIN)/python benchmarks/service.py --models b16,small,box
	$(BIN)/python benchmarks/drawing.py
	$(BIN)/python benchmarks/table.py $(BENCH)

# The training step on a CUDA machine, at batch 128.
bench-gpu: install
	mkdir -p $(BENCH)
	$(BIN)/python benchmarks/step.py --device cuda --batch 128 --rounds 10 --json $(BENCH)/1-step-gpu.json

# The whole walk through the search page with screenshots in out/e2e, and the API with 200 odd
# requests a route (about ten minutes; `make test` has the short ones).
e2e: export TIPR_REQUIRE_BROWSER = 1
e2e: export TIPR_EXAMPLES = 200
e2e: install
	$(BIN)/python -m pytest tests/e2e/page_walk.py tests/unit/service/api/test_api_schema.py

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
