# The commands of the house. `make test` and `make demo` do their own set-up; a second call is quick.
#
#   make demo       set up, build, and run the main job        make check      static checks
#   make test       GoogleTest, pytest, README, notebooks      make check-all  sanitizers, fuzzers, clang-tidy
#   make build      set-up and build only                      make bench      the rows of benchmarks/README.md
#   make format     rewrite the sources in the house's format  make clean      remove what make made

PYTHON ?= python3
VENV ?= .venv
JOBS ?= $(shell nproc)
DATA ?=
BIN := $(CURDIR)/$(VENV)/bin
STAMPS := build/stamps
DEV := build/dev
export PATH := $(BIN):$(PATH)
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(JOBS)

FORMATTED = $(shell find $(wildcard cpp tests/cpp tests/fuzz benchmarks/cpp) -name '*.cpp' -o -name '*.h')

PACKAGES := g++ zstd libfaiss-dev libeigen3-dev libopenblas-dev libsqlite3-dev nlohmann-json3-dev \
            libgtest-dev libbenchmark-dev
FUZZ_PACKAGES := clang-14 libclang-rt-14-dev libomp-14-dev

CPP_BUILD_FILES := $(shell find CMakeLists.txt cmake cpp tests/cpp -name CMakeLists.txt -o -name '*.cmake' \
                     -o -name '*.cpp' -o -name '*.h')
# The editable install knows the modules by name: a new or removed one asks for it again.
PYTHON_NAMES := $(shell find python/aisle -name '*.py' | LC_ALL=C sort)

.PHONY: build test demo check check-all format bench lint tidy asan tsan fuzz clean
.DELETE_ON_ERROR:

build: $(STAMPS)/native

$(STAMPS)/system: Makefile scripts/system_packages.sh
	@mkdir -p $(@D)
	bash scripts/system_packages.sh $(PYTHON) $(PACKAGES)
	@touch $@

$(STAMPS)/venv: $(STAMPS)/system pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --group build --group test --group lint
	@touch $@

$(STAMPS)/python_names: FORCE
	@mkdir -p $(@D)
	@echo '$(PYTHON_NAMES)' | cmp -s - $@ || echo '$(PYTHON_NAMES)' > $@

$(STAMPS)/native: $(STAMPS)/venv $(STAMPS)/python_names $(CPP_BUILD_FILES)
	@echo 'building the core: some minutes the first time, seconds after a change'
	$(BIN)/python -m pip install --quiet --no-build-isolation --editable . -Cbuild-dir=$(DEV) \
	  -Ccmake.define.AISLE_TESTS=ON -Ccmake.define.AISLE_WERROR=ON
	@touch $@

test: $(STAMPS)/native
	ctest --test-dir $(DEV) --output-on-failure --no-tests=error -j $(JOBS)
	$(BIN)/python -m pytest

demo: $(STAMPS)/native
	$(BIN)/aisle demo $(if $(DATA),--data $(DATA)) $(if $(FORMAT),--format $(FORMAT))

check: lint tidy

# Formatting, types, and the stub against the module that it describes.
lint: $(STAMPS)/native
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest aisle._core --ignore-disjoint-bases --allowlist scripts/stubtest.allow --ignore-unused-allowlist
	$(BIN)/clang-format --dry-run -Werror $(FORMATTED)

tidy: $(STAMPS)/venv
	$(BIN)/cmake --preset tidy > build/tidy.log || { cat build/tidy.log; exit 1; }
	$(BIN)/python scripts/tidy.py --build build/tidy --jobs $(JOBS)

check-all: check asan tsan fuzz

# The core's own tests under AddressSanitizer and UndefinedBehaviorSanitizer, and under ThreadSanitizer.
asan tsan: $(STAMPS)/venv
	bash scripts/sanitize.sh $@

fuzz: $(STAMPS)/venv
	bash scripts/system_packages.sh $(PYTHON) $(FUZZ_PACKAGES)
	bash scripts/fuzz.sh $(or $(SECONDS_EACH),60)

bench: $(STAMPS)/native
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/aisle bench

format: $(STAMPS)/venv
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/clang-format -i $(FORMATTED)

clean:
	rm -rf build $(VENV)

FORCE:
