# Short names for the commands in scripts/; `make help` shows them. Taskfile.yml has the same names. Both only call
# scripts/task, which says what each does. Arguments: make test ARGS='-R likes'.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
export NAME PROFILE URL STATE

help: ; @scripts/task --list
build: ; @scripts/task build $(ARGS)
up: ; @scripts/task up $(ARGS)
down: ; @scripts/task down $(ARGS)
restart: ; @scripts/task restart $(ARGS)
ps: ; @scripts/task ps $(ARGS)
logs: ; @scripts/task logs $(ARGS)
logs-all: ; @scripts/task logs-all $(ARGS)
shell: ; @scripts/task shell $(ARGS)
migrate: ; @scripts/task migrate $(ARGS)
makemigrations: ; @scripts/task makemigrations $(ARGS)
createsuperuser: ; @scripts/task createsuperuser $(ARGS)
superuser: ; @scripts/task superuser $(ARGS)
seed: ; @scripts/task seed $(ARGS)
doctor: ; @scripts/task doctor $(ARGS)
test: ; @scripts/task test $(ARGS)
test-unit: ; @scripts/task test:unit $(ARGS)
test-integration: ; @scripts/task test:integration $(ARGS)
test-e2e: ; @scripts/task test:e2e $(ARGS)
test-load: ; @scripts/task test:load $(ARGS)
loadtest: ; @scripts/task loadtest $(ARGS)
check: ; @scripts/task check $(ARGS)
lint: ; @scripts/task lint $(ARGS)
flake8: ; @scripts/task flake8 $(ARGS)
isort: ; @scripts/task isort $(ARGS)
docs: ; @scripts/task docs $(ARGS)
clean: ; @scripts/task clean $(ARGS)

.PHONY: help build up down restart ps logs logs-all shell migrate makemigrations createsuperuser superuser seed doctor test test-unit test-integration test-e2e test-load loadtest check lint flake8 isort docs clean
