# Short names for what people do with a checkout, the same as in Taskfile.yml: make test ARGS='-R http'. What each does is
# in scripts/task.
NAMES := up down restart ps logs logs-all shell migrate makemigrations createsuperuser superuser doctor seed \
         build test test-unit test-integration test-e2e test-load loadtest check lint flake8 isort docs package clean

.PHONY: help $(NAMES)

help:  ## these names
	@echo '$(NAMES)' | tr ' ' '\n'

$(NAMES):
	@scripts/task $@ $(ARGS)
