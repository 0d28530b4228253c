# The desk in a few words: `make run`, `make test`, `make check`, `make bench`. Everything lives in .venv and .run.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
export PYTHONUNBUFFERED := 1

TRANSLATED := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))
# As a house would run it, on names that need not exist: what `check --deploy` judges.
AS_DEPLOYED = DEBUG=0 SITE_URL=https://desk.example ALLOWED_HOSTS=desk.example \
	SECRET_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(64))')" \
	DATABASE_URL=postgres://desk@127.0.0.1/desk REDIS_URL=redis://127.0.0.1/0
# Apart from the homes of test runs, which may be under way.
CHECK_HOME = VIPDESK_HOME="$${VIPDESK_HOME:-$(CURDIR)/.run/check}"
BENCH_HOME = VIPDESK_HOME="$${VIPDESK_HOME:-$(CURDIR)/.run/bench}"
CHECKED = $(shell grep -rl --include='test_*.py' 'pytest.mark.check' vipdesk staff customers visits feedback targets outreach)

.PHONY: run run-https test test-all test-fast test-browser clocks coverage check bench bench-small setup setup-dev packages packages-dev lock format hooks browser messages look tablet-figures clean
.DELETE_ON_ERROR:

run: setup
	@$(PY) -m vipdesk.runner

# On the venue's network, with HTTPS under an authority of its own: tablets can go on without network.
run-https: setup
	@$(PY) -m vipdesk.runner https

# --- what must be there ------------------------------------------------------------------------------------------

setup: packages $(TRANSLATED)
setup-dev: packages-dev $(TRANSLATED)

# The virtual environment and the locked packages in it; says in one sentence what stands in the way.
packages:
	@$(PYTHON) vipdesk/local/environment.py run
packages-dev: packages
	@$(PYTHON) vipdesk/local/environment.py dev

# pybabel as a module: its script names the folder in which it was installed.
%.mo: %.po | packages
	@echo "Compiling translations …"
	@$(PY) -m babel.messages.frontend --quiet compile -d locale -D django

# --- tests and checks --------------------------------------------------------------------------------------------

# What a contributor must see: everything but the fault proofs and what needs Debian's kannel.
test: setup-dev
	@.ci/test

# Everything, as CI runs it; `KILLS=50 make test-all` kills at finer steps, `MONTH_SEEDS=20` plays more random months.
test-all: setup-dev
	@.ci/test all

test-fast: setup-dev
	$(PY) -m pytest -q -m "not browser and not fault and not external" $(ARGS)

test-browser: setup-dev browser
	$(PY) -m pytest -q -m "browser and not fault" $(ARGS)

# The branch coverage of all tests beside the ratchet in .ci/coverage.floor, which may only rise.
coverage: setup-dev
	@ARGS="--cov --cov-report= $(ARGS)" .ci/test all
	$(PY) .ci/coverage.py

# The fast tests at awkward times: all of vipdesk/tests/clock.py, CLOCKS="monday dst", or CLOCKS=today (two, by the date).
clocks: setup-dev
	$(PY) -m vipdesk.tests.clock $(CLOCKS) $(ARGS)

browser: setup-dev
	@.ci/browser

check: setup-dev
	$(PY) -m ruff check .
	@.ci/format --check
	$(PY) -m mypy .
	$(AS_DEPLOYED) $(PY) manage.py check --deploy --fail-level WARNING
	$(CHECK_HOME) $(PY) manage.py makemigrations --check --dry-run
	@$(CHECK_HOME) $(PY) manage.py stack stop >/dev/null
	$(PY) -m pytest -q -n 0 -m check $(CHECKED)

bench: setup
	$(PY) -m bench

# A thousand guests on servers of its own, in seconds: shows that every part of the bench still runs.
bench-small: setup
	@BENCH_SIZE=small $(BENCH_HOME) $(PY) -m bench; code=$$?; $(BENCH_HOME) $(PY) manage.py stack stop >/dev/null; exit $$code

# --- for those who change it -------------------------------------------------------------------------------------

format: packages-dev
	@.ci/format

# Lint and format before every commit in this checkout.
hooks: packages-dev
	$(PY) -m pre_commit install

# After a change of requirements*.in; `make lock ARGS=--upgrade` also takes newer versions of what they ask for in turn.
LOCK = $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock"
lock: packages-dev
	$(LOCK) requirements.in --output-file requirements.txt $(ARGS)
	$(LOCK) requirements-build.in --constraint requirements.txt --output-file requirements-build.txt $(ARGS)
	$(LOCK) requirements-dev.in --output-file requirements-dev.txt $(ARGS)

messages: setup-dev
	$(PY) manage.py messages

# Pictures of the desk that runs, as README shows them.
look: setup-dev browser
	$(PY) tools/take_pictures.py http://127.0.0.1:$${PORT:-8000} docs/pictures $(ARGS)

# What a tablet downloads and waits for, of the desk that runs.
tablet-figures: setup-dev browser
	$(PY) -m bench.tablet http://127.0.0.1:$${PORT:-8000}

clean:
	-@[ ! -x $(PY) ] || $(PY) manage.py stack stop
	rm -rf .run $(VENV) .mypy_cache .ruff_cache .pytest_cache
