# make ask     set up once, ingest corpus/, answer a question:  make ask Q="什么是过拟合"
# make test    set up what the tests need, run them
# make page    open the page
Q ?= 什么是涌现
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: ask test page clean
ask: $(VENV)/installed
	@$(BIN)/qa ingest corpus --index .wenju
	@$(BIN)/qa ask --index .wenju "$(Q)"

page: $(VENV)/installed
	@$(BIN)/qa ingest corpus --index .wenju
	@$(BIN)/qa page --index .wenju

test: $(VENV)/installed-test
	$(BIN)/python -m pytest

# The stamps are newer than pyproject.toml once everything it names is installed.
$(VENV)/installed: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "正在安装（只需一次，约一两分钟）… / installing, once" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(sed -n 's/^    "\(torch==[^"]*\)".*/\1/p' pyproject.toml)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/installed-test: pyproject.toml $(VENV)/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test]"
	@touch $@

clean:
	rm -rf $(VENV) .wenju build *.egg-info
