# Tasks for a checkout. Needs Python 3.11 or newer and make; everything else is installed into .venv.
PYTHON ?= python3
PORT ?= 8000
TESTS ?=
ONLY ?=

INSTALL = $(PYTHON) requirements/install.py
MANAGE = .venv/bin/python manage.py
ELSEWHERE = $(addprefix --ignore ,.venv var staticfiles tests benchmarks faults requirements)
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header --no-strip-extras $(UPGRADE)

.PHONY: help run test check bench faults pictures words lock reset

help: ## List the tasks
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

run: ## Start the portal with its demo on http://localhost:8000 (PORT=8001 for another port)
	@$(INSTALL) requirements
	@$(MANAGE) up --port $(PORT)

test: ## Run all tests (TESTS=tests/accounts for some)
	@$(INSTALL) e2e
	@.venv/bin/python -m pytest $(or $(TESTS),-n auto --dist loadfile)

check: ## Run linters and check types, templates, imports and migrations
	@$(INSTALL) dev
	@sh .ci/check

bench: ## Measure the performance goals on servers of its own (BENCH_HOLDERS=60000 for more, BENCH_ONLY=7 for one goal)
	@$(INSTALL) dev
	@.venv/bin/python -m benchmarks

faults: ## Inject faults: kill, freeze and repeat; print the results (ONLY=F4 for one, FAULTS_FULL=1 for the goals' volumes)
	@$(INSTALL) dev
	@.venv/bin/python -m faults $(ONLY)

pictures: ## Take screenshots of every page, light and dark, narrow and wide, into var/pictures (and those in docs/)
	@$(INSTALL) e2e
	@.venv/bin/python -m tests.pictures

words: ## Update locale/ from the source code, and compile it (needs gettext)
	@$(MANAGE) makemessages --locale es --no-wrap --no-obsolete --add-location file $(ELSEWHERE)
	@sed -i.bak '/^"POT-Creation-Date/d' locale/es/LC_MESSAGES/django.po && rm locale/es/LC_MESSAGES/django.po.bak
	@$(MANAGE) compilemessages --locale es --ignore .venv

lock: ## Compile requirements/*.in into hashed locks (needs uv; UPGRADE=--upgrade for newer versions)
	@cd requirements && $(COMPILE) prod.in -o prod.txt
	@cd requirements && $(COMPILE) requirements.in -c prod.txt -o requirements.txt
	@cd requirements && $(COMPILE) dev.in -c requirements.txt -o dev.txt
	@cd requirements && $(COMPILE) e2e.in -c dev.txt -o e2e.txt
	@cd requirements && $(COMPILE) stripe.in -c dev.txt -o stripe.txt

reset: ## Delete the demo and all its data
	@$(INSTALL) requirements
	@$(MANAGE) reset
