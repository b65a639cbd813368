# The words of the worker that Everpost replaces. Without Docker: npm start, npm test.
.DEFAULT_GOAL := help
.PHONY: help build up logs down test check bench

help: ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

build: ## the container images
	docker compose build

up: .env ## everything in containers; waits until all of it answers
	docker compose up --build --wait

logs: ## what the containers say, as it comes
	docker compose logs --follow --tail=100

down: ## stops the containers; mails and rules stay (docker compose down -v forgets them)
	docker compose down

test: ## every test, without Docker
	npm test

check: ## format, lint, types, style, tests: what a change must pass
	npm run check

bench: ## figures into docs/benchmarks.md
	npm run bench

.env:
	@echo 'There is no .env yet: cp .env.example .env, then set EVERPOST_SECRETS and EVERPOST_API_KEYS in it.' >&2
	@exit 1
